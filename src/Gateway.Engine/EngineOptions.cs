using Gateway.Engine.KvCache;
using Gateway.Engine.Weights;

namespace Gateway.Engine;

/// <summary>What an operator decides about the engine. Checked as a whole by <see cref="Validate"/>; every error is listed.</summary>
public sealed record EngineOptions
{
    /// <summary>The largest <see cref="KvCacheTokens"/>.</summary>
    internal const int MaxKvCacheTokens = 100_000_000;

    /// <summary>
    /// The model: a folder in Hugging Face layout (config.json and safetensors, single or sharded), a GGUF file, the first file of a split
    /// one, or a folder that holds one GGUF model.
    /// </summary>
    public required string ModelPath { get; init; }

    /// <summary>
    /// What becomes of large matrices while they are loaded: <c>none</c> (the default) keeps their stored form, <c>q8_0</c> makes 8.5 bits
    /// per weight of them, <c>q4</c> 4.5. What is stored with as few bits already stays as it is, and routers, norms and biases always do.
    /// </summary>
    public Quantization Quantization { get; init; } = Quantization.None;

    /// <summary>
    /// LoRA adapters that requests may choose: a name, and the folder that PEFT wrote (adapter_config.json and adapter_model.safetensors). They
    /// stay beside the model's own weights, and each request is served with the one that it names, or with none: any mix of them shares a step.
    /// None by default.
    /// </summary>
    public IReadOnlyDictionary<string, string> Adapters { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Most tokens in one forward pass, prompts and answers together: 1 to 65,536. More makes long prompts faster and the pause that
    /// they cause for running answers longer. At least <see cref="MaxRunningSequences"/>. Null (the default): 512 on a CPU, 8,192 on a GPU.
    /// </summary>
    public int? MaxStepTokens { get; init; }

    /// <summary>
    /// Most tokens of one prompt in a forward pass while other prompts are waiting for theirs, so that a short one is not stuck behind long ones:
    /// 1 to 65,536. Less makes that wait shorter and long prompts slower beside others. The default is 128.
    /// </summary>
    public int MaxPrefillChunk { get; init; } = 128;

    /// <summary>Most requests that generate at the same time: 1 to 4,096. Null (the default): 32 on a CPU, 256 on a GPU.</summary>
    public int? MaxRunningSequences { get; init; }

    /// <summary>
    /// Most requests beyond <see cref="MaxRunningSequences"/> that the engine accepts; one more is refused with
    /// <see cref="EngineOverloadedException"/>: 1 to 1,000,000. The default is 256.
    /// </summary>
    public int MaxWaitingRequests { get; init; } = 256;

    /// <summary>
    /// Size of the KV cache in tokens, shared by all running requests and rounded up to whole blocks: 1 to 100,000,000. It takes
    /// this times <see cref="ModelDescription.CacheBytesPerToken"/> bytes of memory. Null (the default): 32,768 on a CPU; on a GPU what weights and buffers leave
    /// of its memory, less a twentieth of it, but no more than all running requests can fill.
    /// </summary>
    public int? KvCacheTokens { get; init; }

    /// <summary>
    /// What the KV cache keeps numbers as where the CPU computes: <c>f32</c> (the default) loses nothing; <c>bf16</c> takes half the memory
    /// and rounds each number to 8 significant bits. A GPU keeps bfloat16 in any case.
    /// </summary>
    public KvCacheType KvCacheType { get; init; } = KvCacheType.F32;

    /// <summary>Tokens per cache block, the unit of allocation: 1 to 1,024. Null (the default): 16 on a CPU, 64 on a GPU.</summary>
    public int? BlockSize { get; init; }

    /// <summary>A cap on prompt and answer together, in tokens, at least 2; null (the default): the model's own limit.</summary>
    public int? MaxContextTokens { get; init; }

    /// <summary>
    /// What becomes of a prompt that leaves no room for an answer: <c>refuse</c> (the default), or <c>truncateLeft</c>, which cuts its
    /// beginning off and says so on the answer.
    /// </summary>
    public ContextOverflow ContextOverflow { get; init; } = ContextOverflow.Refuse;

    /// <summary>
    /// Whether tenants find each other's prefixes in the KV cache. It saves computing a prompt that several have, and lets a tenant find out, by
    /// timing, whether another one sent a certain prompt. The default is false.
    /// </summary>
    public bool SharePrefixesBetweenTenants { get; init; }

    /// <summary>CPU threads that a forward pass may use: 1 to 1,024; null (the default): one per processor.</summary>
    public int? Threads { get; init; }

    /// <summary>
    /// Whether each CPU thread stays on one processor. True helps where the processors are this process's own; where they are shared, a
    /// thread cannot step aside for whoever else runs there, and two engines that pin sit on the same ones. Null (the default): when the
    /// process was given some of the machine's processors (a CPU set, a static CPU manager) and no CPU quota below them. Linux only.
    /// </summary>
    public bool? PinThreads { get; init; }

    /// <summary>
    /// Which instructions of the processor multiply quantised matrices: <c>auto</c> (the default) takes the fastest that it has and
    /// that pass their test at start; <c>portable</c>, <c>avx2</c>, <c>avxvnni</c>, <c>avx512</c>, <c>vnni</c> and <c>amx</c> force a set, and
    /// the engine does not start where that one cannot run. All give the same answers, bit for bit; see <see cref="Engine.CpuKernels"/>.
    /// </summary>
    public CpuKernels CpuKernels { get; init; } = CpuKernels.Auto;

    /// <summary>
    /// What matrices of bfloat16 weights multiply where the CPU computes: <c>f32</c> (the default) takes their inputs as they are, in float32;
    /// <c>bf16</c> rounds them to bfloat16 and sums in float32, as inference in bfloat16 usually does, which AMX and AVX-512 with BF16 have
    /// instructions for. Answers then depend on whether it is AMX that multiplies, for it sums in an order of its own; never on the batch, the
    /// threads or the pieces of a prompt. Weights and inputs below 2⁻⁵⁶ (1.4e-17) count as zero. Routers, and W_UK and W_UV of joined
    /// checkpoints (kv_b_proj), multiply float32 in any case. Other weights are not concerned, nor is a GPU.
    /// </summary>
    public MatrixInputs MatrixInputs { get; init; } = MatrixInputs.F32;

    /// <summary>Where the model computes: <c>auto</c> (the default), <c>cpu</c> or <c>cuda</c>; see <see cref="ComputeDevice"/>.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Auto;

    /// <summary>
    /// Folder for compiled GPU kernels, which take some seconds to compile at the first start on a machine; null (the default): the
    /// folder <c>gateway/kernels</c> in the user's local application data.
    /// </summary>
    public string? KernelCachePath { get; init; }

    /// <summary>Throws when a value is out of range.</summary>
    /// <exception cref="EngineOptionsException">Lists every error.</exception>
    public void Validate()
    {
        List<string> errors = [];
        if (string.IsNullOrWhiteSpace(ModelPath))
        {
            errors.Add($"{nameof(ModelPath)} is empty; give the folder that holds config.json and model.safetensors, or a GGUF file.");
        }

        foreach (var (name, folder) in Adapters)
        {
            if (string.IsNullOrWhiteSpace(name))
            {
                errors.Add($"{nameof(Adapters)} has one without a name ({folder}); requests choose adapters by their names.");
            }
            else if (string.IsNullOrWhiteSpace(folder))
            {
                errors.Add($"{nameof(Adapters)}:{name} is empty; give the folder that holds adapter_config.json and adapter_model.safetensors.");
            }
        }

        if (!Enum.IsDefined(Quantization))
        {
            errors.Add($"{nameof(Quantization)} is {Quantization}; it must be one of: none, q8_0, q4.");
        }

        if (!Enum.IsDefined(KvCacheType))
        {
            errors.Add($"{nameof(KvCacheType)} is {KvCacheType}; it must be one of: f32, bf16.");
        }

        if (!Enum.IsDefined(Device))
        {
            errors.Add($"{nameof(Device)} is {Device}; it must be one of: auto, cpu, cuda.");
        }

        if (!Enum.IsDefined(ContextOverflow))
        {
            errors.Add($"{nameof(ContextOverflow)} is {ContextOverflow}; it must be one of: refuse, truncateLeft.");
        }

        if (!Enum.IsDefined(CpuKernels))
        {
            errors.Add($"{nameof(CpuKernels)} is {CpuKernels}; it must be one of: auto, portable, avx2, avxvnni, avx512, vnni, amx.");
        }

        if (!Enum.IsDefined(MatrixInputs))
        {
            errors.Add($"{nameof(MatrixInputs)} is {MatrixInputs}; it must be one of: f32, bf16.");
        }

        Check(nameof(MaxStepTokens), MaxStepTokens ?? 1, 65_536);
        Check(nameof(MaxPrefillChunk), MaxPrefillChunk, 65_536);
        Check(nameof(MaxRunningSequences), MaxRunningSequences ?? 1, 4_096);
        Check(nameof(MaxWaitingRequests), MaxWaitingRequests, 1_000_000);
        Check(nameof(KvCacheTokens), KvCacheTokens ?? 1, MaxKvCacheTokens);
        Check(nameof(BlockSize), BlockSize ?? 1, 1_024);
        Check(nameof(MaxContextTokens), MaxContextTokens ?? 2, int.MaxValue, 2);
        Check(nameof(Threads), Threads ?? 1, 1_024);
        if (MaxStepTokens < MaxRunningSequences)
        {
            errors.Add($"{nameof(MaxStepTokens)} is {MaxStepTokens}, fewer than {nameof(MaxRunningSequences)} ({MaxRunningSequences}): "
                + "each running request needs a token per step.");
        }

        if (errors.Count > 0)
        {
            throw new EngineOptionsException(errors);
        }

        void Check(string name, int value, int max, int min = 1)
        {
            if (value < min || value > max)
            {
                errors.Add($"{name} is {value}; it must be {min} to {max}.");
            }
        }
    }
}
