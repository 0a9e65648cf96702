using Gateway.Engine;
using Gateway.Policies;
using Gateway.Providers.Local;

namespace Gateway.Hosting;

/// <summary>
/// Loads the engine in the background, so that the gateway serves its providers meanwhile; and only when the policies have a provider
/// that uses it, so that a pure proxy stays small.
/// </summary>
public sealed partial class EngineLoader(PolicyStore policies, LocalEngine engine, EngineOptions options, ILogger<EngineLoader> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Leaves the thread that starts the server.
        await Task.Yield();
        try
        {
            await WaitUntilNeededAsync(stoppingToken);
            LogLoading(options.ModelPath);
            await engine.LoadAsync(options, new LoadProgress(LogProgress), stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end. When a start fails, the host would report it as a fault of its own.
            return;
        }

        if (engine.Current is { } model)
        {
            var description = model.Engine.Model;
            LogReady(
                description.Name, description.Family, description.ParameterCount, description.WeightForm, description.ContextLength, description.Device,
                description.MaxRunningSequences, description.CacheTokens, description.CacheBytesPerToken);
            if (description.Adapters.Count > 0)
            {
                LogAdapters(string.Join(", ", description.Adapters));
            }

            if (description.DeviceNote is { } note)
            {
                LogNote(note);
            }

            // The engine keeps the adapters that it was started with; the catalogue may come to name others.
            policies.Reloaded += result => WarnOfMissingAdapters(result.Snapshot, description);
            WarnOfMissingAdapters(policies.Current, description);
            await WaitUntilStoppedAsync(model.Engine, stoppingToken);
        }
        else if (engine.Status.Problem is { } problem)
        {
            LogFailed(problem);
        }
    }

    /// <summary>Of an engine that stops for good its requests tell their clients, if nobody else answers; so it is told here.</summary>
    private async Task WaitUntilStoppedAsync(InferenceEngine model, CancellationToken stoppingToken)
    {
        await model.Completion.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stoppingToken.IsCancellationRequested)
        {
            LogStopped(model.Fault);
        }
    }

    /// <summary>A route that goes on to its next candidate answers as if nothing were wrong: so it is told here.</summary>
    private void WarnOfMissingAdapters(PolicySnapshot? snapshot, ModelDescription engineModel)
    {
        foreach (var model in snapshot?.Providers.SelectMany(provider => provider.Models) ?? [])
        {
            if (model.Adapter is { } adapter && !engineModel.Adapters.Contains(adapter))
            {
                LogMissingAdapter(model.QualifiedName, adapter);
            }
        }
    }

    private async Task WaitUntilNeededAsync(CancellationToken stoppingToken)
    {
        var needed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Check(PolicyLoadResult? _ = null)
        {
            if (policies.Current.Providers.Any(provider => provider.Dialect == ProviderDialect.Local))
            {
                needed.TrySetResult();
            }
        }

        policies.Reloaded += Check;
        try
        {
            Check();
            await needed.Task.WaitAsync(stoppingToken);
        }
        finally
        {
            policies.Reloaded -= Check;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Loading the model in {Path}")]
    private partial void LogLoading(string path);

    [LoggerMessage(4, LogLevel.Information, "Loading the model: {Percent} %")]
    private partial void LogProgress(int percent);

    [LoggerMessage(2, LogLevel.Information, "The engine is ready: {Name} ({Family}), {Parameters} parameters, most in {WeightForm}, context {Context} tokens, on {Device}; up to {MaxRunning} answers at once, and {CacheTokens} tokens of KV cache of {BytesPerToken} bytes for all of them")]
    private partial void LogReady(
        string name, string family, long parameters, string weightForm, int context, string device, int maxRunning, int cacheTokens, int bytesPerToken);

    [LoggerMessage(6, LogLevel.Information, "Its adapters: {Adapters}")]
    private partial void LogAdapters(string adapters);

    [LoggerMessage(7, LogLevel.Warning, "The model {Model} is not served: the engine was started without its adapter {Adapter}. Set Engine:Adapters:{Adapter} and start the gateway again, or change the model in providers.yaml")]
    private partial void LogMissingAdapter(string model, string adapter);

    [LoggerMessage(5, LogLevel.Information, "{Note}")]
    private partial void LogNote(string note);

    [LoggerMessage(8, LogLevel.Critical, "The engine has stopped for good; its provider answers with an error until the gateway is started again: {Problem}")]
    private partial void LogStopped(string? problem);

    [LoggerMessage(3, LogLevel.Error, "The engine did not load; its provider answers with an error: {Problem}")]
    private partial void LogFailed(string problem);
}
