using System.Threading.Channels;
using Gateway.Budgets;

namespace Gateway.Hosting;

/// <summary>
/// Keeps what this process knows as a store is: it reads when it is told of a change, and at an interval in case it was not told. While the store does
/// not answer, what is known stays in force.
/// </summary>
public abstract class StoreSync : BackgroundService
{
    /// <summary>What was said while the store did not answer is looked up as soon as it does, whatever the interval.</summary>
    private static readonly TimeSpan LongestWhileFailing = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;

    /// <summary>Of several changes one look sees all.</summary>
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private bool _isFailing;

    /// <param name="watch">Has what it is given called after each change of the store.</param>
    /// <param name="interval">How often the store is read at the least.</param>
    /// <param name="time">Measures it.</param>
    protected StoreSync(Action<Action> watch, TimeSpan interval, TimeProvider time)
    {
        (_interval, _time) = (interval, time);
        watch(() => _changes.Writer.TryWrite(true));
    }

    /// <summary>Reads the store once before the gateway listens; if it does not answer, the gateway starts all the same.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryReadAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Reads the store now.</summary>
    /// <exception cref="StoreUnavailableException">It does not answer.</exception>
    public abstract Task ReadAsync(CancellationToken cancellationToken);

    /// <summary>Says, once for each time, that the store does not answer any more.</summary>
    protected abstract void OnFailing(string problem);

    /// <summary>Says that it does again.</summary>
    protected abstract void OnRecovered();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await WaitAsync(stoppingToken);
                await TryReadAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end.
        }
    }

    /// <summary>Until something changed, and at most for the interval.</summary>
    private async Task WaitAsync(CancellationToken stoppingToken)
    {
        using var interval = new CancellationTokenSource(_isFailing && _interval > LongestWhileFailing ? LongestWhileFailing : _interval, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(interval.Token, stoppingToken);
        try
        {
            await _changes.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            // Nobody said anything: look all the same.
        }
    }

    private async Task TryReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ReadAsync(cancellationToken);
            if (_isFailing)
            {
                OnRecovered();
            }

            _isFailing = false;
        }
        catch (StoreUnavailableException exception)
        {
            if (!_isFailing)
            {
                OnFailing(exception.Message);
            }

            _isFailing = true;
        }
    }
}
