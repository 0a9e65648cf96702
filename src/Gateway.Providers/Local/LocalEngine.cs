using Gateway.Engine;
using Gateway.Engine.Text;

namespace Gateway.Providers.Local;

/// <summary>Holds the engine of this process, which is loaded while the gateway already serves.</summary>
public sealed class LocalEngine : IAsyncDisposable
{
    private volatile LanguageModel? _model;
    private volatile string? _problem;
    private long _truncatedTokens;

    /// <summary>The loaded model; null before it is loaded and when that failed.</summary>
    public LanguageModel? Current => _model;

    /// <summary>Tokens of prompts that were cut off since the start, because the prompts were too long.</summary>
    public long TruncatedTokens => Interlocked.Read(ref _truncatedTokens);

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
        try
        {
            _model = await Task.Run(() => LanguageModel.Load(options, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _problem = exception.Message;
        }
    }

    internal void CountTruncated(int tokens) => Interlocked.Add(ref _truncatedTokens, tokens);

    public ValueTask DisposeAsync() => _model?.DisposeAsync() ?? ValueTask.CompletedTask;
}
