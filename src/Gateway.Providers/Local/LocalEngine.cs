using Gateway.Engine;
using Gateway.Engine.Text;

namespace Gateway.Providers.Local;

/// <summary>Holds the engine of this process, which is loaded while the gateway already serves.</summary>
public sealed class LocalEngine : IAsyncDisposable
{
    private volatile LanguageModel? _model;
    private volatile string? _problem;
    private double _loadedShare = double.NaN;
    private long _truncatedTokens;

    /// <summary>The loaded model; null before it is loaded and when that failed.</summary>
    public LanguageModel? Current => _model;

    /// <summary>Tokens of prompts that were cut off since the start, because the prompts were too long.</summary>
    public long TruncatedTokens => Interlocked.Read(ref _truncatedTokens);

    /// <summary>Which share of the weights is loaded, from 0 to 1; null when no model was asked for, it could not be loaded, or the engine has stopped.</summary>
    public double? LoadedShare => Status.Problem is null && Volatile.Read(ref _loadedShare) is >= 0 and var share ? share : null;

    /// <summary>The state, the model's name, and what went wrong.</summary>
    public (LocalEngineState State, string? Model, string? Problem) Status => (_model, _problem ?? _model?.Engine.Fault) switch
    {
        (var model, { } problem) => (LocalEngineState.Failed, model?.Engine.Model.Name, problem),
        ({ } model, _) => (LocalEngineState.Ready, model.Engine.Model.Name, null),
        _ => (LocalEngineState.Loading, null, null),
    };

    /// <summary>Loads the model; whatever is wrong with it becomes part of <see cref="Status"/>: the gateway goes on serving its providers.</summary>
    /// <param name="options">Which model, and how it is to be served.</param>
    /// <param name="progress">Told which share of the weights is loaded, from 0 to 1.</param>
    public async Task LoadAsync(EngineOptions options, IProgress<double> progress, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _loadedShare, 0);
        var watched = new WatchedProgress(this, progress);
        try
        {
            _model = await Task.Run(() => LanguageModel.Load(options, watched, cancellationToken), cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _loadedShare, 1);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _problem = exception.Message;
        }
    }

    internal void CountTruncated(int tokens) => Interlocked.Add(ref _truncatedTokens, tokens);

    public ValueTask DisposeAsync() => _model?.DisposeAsync() ?? ValueTask.CompletedTask;

    private sealed class WatchedProgress(LocalEngine engine, IProgress<double> other) : IProgress<double>
    {
        public void Report(double value)
        {
            Volatile.Write(ref engine._loadedShare, value);
            other.Report(value);
        }
    }
}
