namespace Gateway.Testing;

/// <summary>A list that many connections append to and tests wait on.</summary>
internal sealed class RequestLog
{
    private readonly Lock _lock = new();
    private readonly List<RecordedRequest> _requests = [];
    private TaskCompletionSource _grown = NewSignal();

    public IReadOnlyList<RecordedRequest> Snapshot()
    {
        lock (_lock)
        {
            return [.. _requests];
        }
    }

    public void Add(RecordedRequest request)
    {
        TaskCompletionSource grown;
        lock (_lock)
        {
            _requests.Add(request);
            grown = _grown;
            _grown = NewSignal();
        }

        grown.SetResult();
    }

    public async Task<RecordedRequest> WaitAsync(int index, TimeSpan timeout)
    {
        using var limit = new CancellationTokenSource(timeout);
        while (true)
        {
            Task grown;
            int count;
            lock (_lock)
            {
                if (index < _requests.Count)
                {
                    return _requests[index];
                }

                grown = _grown.Task;
                count = _requests.Count;
            }

            try
            {
                await grown.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"Request {index} did not arrive within {timeout}; {count} arrived.");
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
