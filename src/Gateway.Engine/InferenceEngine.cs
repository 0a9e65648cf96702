using System.Runtime.CompilerServices;
using Gateway.Engine.Adapters;
using Gateway.Engine.Backends;
using Gateway.Engine.Backends.Cuda;
using Gateway.Engine.Constraints;
using Gateway.Engine.Constraints.Automata;
using Gateway.Engine.Constraints.Masks;
using Gateway.Engine.Execution;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;
using Gateway.Engine.Tokenization;
using Gateway.Engine.Weights;

namespace Gateway.Engine;

/// <summary>A language model in this process that serves many requests at once: token ids in, token ids out.</summary>
/// <remarks>All members may be called from any thread. The answer to a request does not depend on what else is being served.</remarks>
public sealed class InferenceEngine : IAsyncDisposable
{
    private readonly EngineLoop _loop;
    private readonly TokenMasks? _masks;

    /// <param name="sizes">With the cache's.</param>
    /// <param name="runner">Runs the steps; owned.</param>
    /// <param name="description">Of its model.</param>
    /// <param name="tokenizer">Its tokenizer, which constraints need; null where none is asked for.</param>
    /// <param name="time">Measures waits; null for the system's.</param>
    internal InferenceEngine(
        EngineSizes sizes, IStepRunner runner, ModelDescription description, Tokenizer? tokenizer = null, TimeProvider? time = null)
    {
        Model = description;
        _masks = tokenizer is null ? null : new TokenMasks(tokenizer, description.VocabularySize);
        _loop = new EngineLoop(sizes, runner, description, time ?? TimeProvider.System);
    }

    public ModelDescription Model { get; }

    /// <summary>What the engine is doing now.</summary>
    public EngineStatistics Statistics => _loop.Statistics;

    /// <summary>Null while the engine serves; otherwise why it stopped for good.</summary>
    public string? Fault => _loop.Fault;

    /// <summary>Ends when the engine has stopped: <see cref="Fault"/> says why.</summary>
    public Task Completion => _loop.Completion;

    /// <summary>Loads a checkpoint and starts the engine's thread.</summary>
    /// <exception cref="EngineOptionsException">An option is out of range, or model and KV cache do not fit into memory.</exception>
    /// <exception cref="ModelConfigException">config.json is unusable, or describes an architecture that is not supported.</exception>
    /// <exception cref="WeightsFormatException">A weight file is missing or damaged.</exception>
    /// <exception cref="WeightsMismatchException">The tensors are not those that config.json describes.</exception>
    /// <exception cref="AdapterException">An adapter is not usable, or was made for another model.</exception>
    public static InferenceEngine Load(EngineOptions options, CancellationToken ct = default)
    {
        options.Validate();
        using var files = ModelFiles.Open(options.ModelPath);
        return Load(options, files, tokenizer: null, progress: null, ct);
    }

    /// <param name="options">Valid ones.</param>
    /// <param name="files">The model.</param>
    /// <param name="tokenizer">Its tokenizer, for requests with a constraint; null to refuse those.</param>
    /// <param name="progress">Told which share of the weights is loaded, from 0 to 1; may be null.</param>
    internal static InferenceEngine Load(
        EngineOptions options, ModelFiles files, Tokenizer? tokenizer, IProgress<double>? progress, CancellationToken ct)
    {
        var device = ExecutionDevice.Choose(options);
        return options.Device == ComputeDevice.Auto
            ? LoadWhereItFits(options, device, files, progress, ct, tokenizer)
            : Load(options, device, files, progress, ct, tokenizer);
    }

    /// <summary>On the device, or on the CPU where the device turns out not to be able to: it has too little memory, or fails.</summary>
    /// <param name="options">Valid ones.</param>
    /// <param name="device">The first choice.</param>
    /// <param name="files">The model.</param>
    /// <param name="progress">Told which share of the weights is loaded, from 0 to 1, from the beginning again on the CPU; may be null.</param>
    /// <param name="ct">Gives up between two tensors.</param>
    /// <param name="tokenizer">Its tokenizer, for requests with a constraint; null to refuse those.</param>
    internal static InferenceEngine LoadWhereItFits(
        EngineOptions options, ExecutionDevice device, ModelFiles files, IProgress<double>? progress, CancellationToken ct, Tokenizer? tokenizer = null)
    {
        try
        {
            return Load(options, device, files, progress, ct, tokenizer);
        }
        catch (EngineException exception) when (device is CudaDevice && exception is GpuException or EngineOptionsException)
        {
            var reason = exception is EngineOptionsException refused ? string.Join(" ", refused.Errors) : exception.Message;
            return Load(options, CpuDevice.InsteadOfGpu(reason), files, progress, ct, tokenizer);
        }
    }

    /// <param name="options">Valid ones.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="files">The model.</param>
    /// <param name="progress">Told which share of the weights is loaded, from 0 to 1; may be null.</param>
    /// <param name="ct">Gives up between two tensors.</param>
    /// <param name="tokenizer">Its tokenizer, for requests with a constraint; null to refuse those.</param>
    internal static InferenceEngine Load(
        EngineOptions options,
        ExecutionDevice device,
        ModelFiles files,
        IProgress<double>? progress,
        CancellationToken ct,
        Tokenizer? tokenizer = null)
    {
        var sizes = EngineSizes.Of(options, device.Kind);
        var backend = device.CreateBackend(options, sizes);
        try
        {
            return Load(options, sizes, device, backend, files, progress, ct, tokenizer);
        }
        catch
        {
            Release(backend);
            throw;
        }
    }

    /// <summary>Gives back what a backend holds whose engine did not come to be.</summary>
    private static void Release(IBackend backend)
    {
        try
        {
            backend.Dispose();
        }
        catch (GpuException)
        {
            // A device that failed takes no more calls. What went wrong first is what is told.
        }
    }

    private static InferenceEngine Load(
        EngineOptions options,
        EngineSizes sizes,
        ExecutionDevice device,
        IBackend backend,
        ModelFiles files,
        IProgress<double>? progress,
        CancellationToken ct,
        Tokenizer? tokenizer)
    {
        var plan = ModelLoader.Plan(files);
        using var checkpoint = files.OpenWeights();
        var adapters = AdapterSet.Read(options.Adapters);
        var ledger = new WeightLedger(checkpoint, ct, options.Quantization, progress, adapters);
        var model = plan.Build(ledger, backend, (long)Math.Max(1, sizes.TotalBlocks) * sizes.BlockSize);
        var ids = files.ReadTokenIds(model.VocabularySize);
        CheckRows(sizes, model);
        var bytesPerToken = model.CacheLayers * model.CacheWidth * backend.CacheBytesPerValue;
        var longest = Math.Min(model.MaxPositions, options.MaxContextTokens ?? model.MaxPositions);
        if (sizes.TotalBlocks == 0)
        {
            sizes = sizes with { TotalBlocks = DefaultBlocks(sizes, (CudaBackend)backend, bytesPerToken, longest) };
        }

        var cache = backend.CreateCache(model.CacheLayers, model.CacheWidth, sizes.TotalBlocks, sizes.BlockSize);
        var context = Math.Min(longest, sizes.TotalBlocks * sizes.BlockSize);
        return new InferenceEngine(sizes, device.CreateRunner(model, backend, cache, sizes, context), new ModelDescription
        {
            Device = backend.Description,
            DeviceKind = backend.Kind,
            DeviceNote = device.Note,
            Name = files.Name,
            Family = model.Family,
            VocabularySize = model.VocabularySize,
            ContextLength = context,
            EmbeddingSize = model.HiddenSize,
            ParameterCount = model.ParameterCount,
            WeightForm = ledger.MainForm,
            Adapters = [.. adapters.Adapters.Select(adapter => adapter.Name)],
            CacheBytesPerToken = bytesPerToken,
            CacheTokens = sizes.TotalBlocks * sizes.BlockSize,
            MaxRunningSequences = sizes.MaxRunningSequences,
            EosTokenIds = ids.EosTokenIds,
            BosTokenId = ids.BosTokenId,
        }, tokenizer);
    }

    /// <summary>
    /// Generates an answer. The request joins the engine when the enumeration starts; ending the enumeration or cancelling
    /// <paramref name="ct"/> takes it out before the engine's next step and frees its cache blocks at once.
    /// </summary>
    /// <exception cref="EngineRequestException">At the call: a member of the request is out of range for this model.</exception>
    /// <exception cref="EngineOverloadedException">At the first token: the waiting queue is full.</exception>
    /// <exception cref="EngineException">At any token: a step failed or the engine stopped.</exception>
    public IAsyncEnumerable<GeneratedToken> GenerateAsync(TokenRequest request, CancellationToken ct = default)
    {
        RequestValidator.Validate(request, Model);
        return StreamAsync(request, request.Constraint is { } constraint ? Compile(constraint.Grammar) : null, ct);
    }

    /// <summary>
    /// Turns a text into a vector of length 1. It takes part in the engine's steps as a prompt does, and leaves when it is computed;
    /// cancelling <paramref name="ct"/> takes it out before the engine's next step and frees its cache blocks at once.
    /// </summary>
    /// <returns><see cref="EmbeddingRequest.Dimensions"/> numbers.</returns>
    /// <exception cref="EngineRequestException">A member of the request is out of range for this model.</exception>
    /// <exception cref="EngineOverloadedException">The waiting queue is full.</exception>
    /// <exception cref="EngineException">A step failed or the engine stopped.</exception>
    public async Task<float[]> EmbedAsync(EmbeddingRequest request, CancellationToken ct = default)
    {
        RequestValidator.Validate(request, Model);
        var states = new PooledStates(request.Pooling, request.PromptIds.Count, Model.EmbeddingSize);
        await ReadAsync(new TokenRequest { PromptIds = request.PromptIds, Adapter = request.Adapter, Origin = request.Origin }, states, ct).ConfigureAwait(false);
        return states.ToUnitVector(request.Dimensions ?? Model.EmbeddingSize);
    }

    /// <summary>How likely the model held each token of a text, given those before it; cancelled as <see cref="EmbedAsync"/> is.</summary>
    /// <returns>One per token but the first, in order.</returns>
    /// <exception cref="EngineRequestException">A member of the request is out of range for this model.</exception>
    /// <exception cref="EngineOverloadedException">The waiting queue is full.</exception>
    /// <exception cref="EngineException">A step failed or the engine stopped.</exception>
    public async Task<IReadOnlyList<TokenLogprob>> ScoreAsync(ScoreRequest request, CancellationToken ct = default)
    {
        RequestValidator.Validate(request, Model);
        var scores = new PromptScores(request.PromptIds, request.TopLogprobs);
        if (request.PromptIds.Count > 1)
        {
            await ReadAsync(new TokenRequest { PromptIds = request.PromptIds, Adapter = request.Adapter, Origin = request.Origin }, scores, ct).ConfigureAwait(false);
        }

        return scores.Scores;
    }

    /// <summary>
    /// Checks that free, cached and held cache blocks are all there are, that each is held by exactly those requests that count on it, and
    /// that what the prefix cache knows is where it says.
    /// </summary>
    /// <exception cref="InvalidOperationException">It is not so; the message names the block.</exception>
    public void CheckIntegrity() => _loop.CheckIntegrity();

    /// <summary>Stops the engine; requests under way fail with <see cref="EngineException"/>.</summary>
    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task ReadAsync(TokenRequest request, PromptReading reading, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var generation = new Generation(request, Model, reading: reading);
        _loop.Submit(generation);
        using var registration = ct.UnsafeRegister(_ => _loop.Cancel(generation), null);
        await generation.Tokens.Completion.ConfigureAwait(false);
    }

    private PushdownAutomaton Compile(Grammar grammar)
    {
        if (_masks is null)
        {
            throw new EngineRequestException(nameof(TokenRequest.Constraint), "the model was loaded without its tokenizer, so tokens have no text to compare.");
        }

        try
        {
            return _masks.Compile(grammar);
        }
        catch (GrammarException exception)
        {
            throw new EngineRequestException(nameof(TokenRequest.Constraint), exception.Message);
        }
    }

    private async IAsyncEnumerable<GeneratedToken> StreamAsync(
        TokenRequest request, PushdownAutomaton? automaton, [EnumeratorCancellation] CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var generation = new Generation(request, Model, automaton, _masks);
        _loop.Submit(generation);
        try
        {
            // A caller that is busy elsewhere when it cancels must not keep its place until it comes back.
            using var registration = ct.UnsafeRegister(_ => _loop.Cancel(generation), null);
            // Without the token: waiting with one allocates for every token of the answer.
            await foreach (var token in generation.Tokens.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                ct.ThrowIfCancellationRequested();
                yield return token;
            }
        }
        finally
        {
            _loop.Cancel(generation);
        }
    }

    private static void CheckRows(EngineSizes sizes, ILanguageModel model)
    {
        if ((long)sizes.MaxRunningSequences * model.VocabularySize > Array.MaxLength)
        {
            throw new EngineOptionsException(
                [$"{nameof(sizes.MaxRunningSequences)}: {sizes.MaxRunningSequences} are too many for a vocabulary of {model.VocabularySize}."]);
        }
    }

    /// <summary>Blocks of a cache that takes what the model has left of the device, and no more than all running requests can fill.</summary>
    private static int DefaultBlocks(EngineSizes sizes, CudaBackend backend, int bytesPerToken, int longest)
    {
        var filled = ((long)sizes.MaxRunningSequences * longest) + sizes.BlockSize - 1;
        var tokens = Math.Min(Math.Min(backend.SpareBytes / bytesPerToken, filled), EngineOptions.MaxKvCacheTokens);
        return tokens >= sizes.BlockSize
            ? (int)(tokens / sizes.BlockSize)
            : throw new EngineOptionsException(
                [$"{nameof(EngineOptions.ModelPath)}: the weights and the buffers for steps of {sizes.MaxStepTokens} tokens ({nameof(EngineOptions.MaxStepTokens)}) leave no room for a KV cache: "
                + $"there are {backend.MemoryBytes >> 20} MiB ({backend.Description})."]);
    }
}
