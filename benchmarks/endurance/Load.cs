using System.Diagnostics;

namespace Gateway.Benchmarks.Endurance;

/// <summary>Streams that ask one question after the other, compare each answer with the one that was given alone, and now and then leave early.</summary>
internal sealed class Load(StreamClient client, IReadOnlyDictionary<Question, string> alone)
{
    private const int LeavesOneIn = 10;

    private long _answers;
    private long _left;
    private long _wrong;

    public long Answers => Interlocked.Read(ref _answers);

    /// <summary>Streams that were dropped in the middle.</summary>
    public long Left => Interlocked.Read(ref _left);

    public long Wrong => Interlocked.Read(ref _wrong);

    public Task RunAsync(int streams, TimeSpan duration)
    {
        var start = Stopwatch.GetTimestamp();
        return Task.WhenAll(Enumerable.Range(0, streams).Select(async stream =>
        {
            var random = new Random(stream);
            while (Stopwatch.GetElapsedTime(start) < duration)
            {
                await AskAsync(Question.All[random.Next(Question.All.Count)], leavesAfter: random.Next(LeavesOneIn) == 0 ? random.Next(1, 20) : null).ConfigureAwait(false);
            }
        }));
    }

    private async Task AskAsync(Question question, int? leavesAfter)
    {
        var expected = alone[question];
        if (leavesAfter is { } events)
        {
            Check(expected.StartsWith(await client.LeaveAsync(question, events).ConfigureAwait(false), StringComparison.Ordinal), question);
            Interlocked.Increment(ref _left);
        }
        else
        {
            Check(await client.AskAsync(question).ConfigureAwait(false) == expected, question);
            Interlocked.Increment(ref _answers);
        }
    }

    private void Check(bool isRight, Question question)
    {
        if (!isRight && Interlocked.Increment(ref _wrong) <= 5)
        {
            Console.Error.WriteLine($"Another answer than alone: {question}");
        }
    }
}
