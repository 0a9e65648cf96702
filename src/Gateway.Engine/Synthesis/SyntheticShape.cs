using Gateway.Engine.Weights.Gguf;

namespace Gateway.Engine.Synthesis;

/// <summary>The measures of a model without trained weights, for benchmarks and trials: what its files say of it, and which tensors there are.</summary>
internal abstract record SyntheticShape
{
    /// <summary>DeepSeek-V2-Lite: 15.7 billion parameters, 2.4 billion of them active (its published config.json).</summary>
    public static DeepSeekV2Shape V2Lite { get; } = new()
    {
        Name = "v2-lite",
        HiddenSize = 2048,
        Layers = 27,
        Heads = 16,
        InnerSize = 10944,
        ExpertInnerSize = 1408,
        Experts = 64,
        ExpertsPerToken = 6,
        SharedExperts = 2,
        Vocabulary = 102400,
        MaxPositions = 163840,
        BosId = 100000,
        EosId = 100001,
    };

    /// <summary>DeepSeek-R1-Distill-Qwen-1.5B: 1.8 billion parameters with both tables of its vocabulary.</summary>
    public static DenseShape Qwen1_5B { get; } = new()
    {
        Name = "qwen-1.5b",
        ModelType = GgufArchitecture.Qwen2,
        Splitting = "deepseek-r1-qwen",
        HiddenSize = 1536,
        Layers = 28,
        Heads = 12,
        KeyValueHeads = 2,
        HeadDimension = 128,
        InnerSize = 8960,
        Vocabulary = 151936,
        MaxPositions = 131072,
        RopeTheta = 10_000,
        HasQueryKeyValueBias = true,
        BosId = 151646,
        EosId = 151643,
    };

    /// <summary>DeepSeek-R1-Distill-Llama-8B.</summary>
    public static DenseShape Llama8B { get; } = new()
    {
        Name = "llama-8b",
        ModelType = GgufArchitecture.Llama,
        Splitting = "llama-bpe",
        HiddenSize = 4096,
        Layers = 32,
        Heads = 32,
        KeyValueHeads = 8,
        HeadDimension = 128,
        InnerSize = 14336,
        Vocabulary = 128256,
        MaxPositions = 8192,
        RopeTheta = 500_000,
        BosId = 128000,
        EosId = 128001,
    };

    /// <summary>DeepSeek-R1-0528-Qwen3-8B.</summary>
    public static DenseShape Qwen3_8B { get; } = new()
    {
        Name = "qwen3-8b",
        ModelType = GgufArchitecture.Qwen3,
        Splitting = "qwen2",
        HiddenSize = 4096,
        Layers = 36,
        Heads = 32,
        KeyValueHeads = 8,
        HeadDimension = 128,
        InnerSize = 12288,
        Vocabulary = 151936,
        MaxPositions = 32768,
        RopeTheta = 1_000_000,
        HasHeadNorms = true,
        BosId = 151643,
        EosId = 151645,
    };

    /// <summary>Small enough to try anything with: the architecture of V2-Lite.</summary>
    public static DeepSeekV2Shape V2Tiny { get; } = V2Lite with
    {
        Name = "v2-tiny",
        HiddenSize = 256,
        Layers = 3,
        Heads = 4,
        InnerSize = 512,
        ExpertInnerSize = 256,
        Experts = 8,
        ExpertsPerToken = 2,
        Vocabulary = 1024,
        MaxPositions = 4096,
        BosId = 1022,
        EosId = 1023,
    };

    /// <summary>The architecture of R1-Distill-Qwen, as small.</summary>
    public static DenseShape QwenTiny { get; } = Tiny(Qwen1_5B, "qwen-tiny");

    /// <summary>The architecture of R1-Distill-Llama, as small.</summary>
    public static DenseShape LlamaTiny { get; } = Tiny(Llama8B, "llama-tiny");

    /// <summary>The architecture of R1-0528-Qwen3-8B, as small.</summary>
    public static DenseShape Qwen3Tiny { get; } = Tiny(Qwen3_8B, "qwen3-tiny");

    /// <summary>All of them, by what users call them.</summary>
    public static IReadOnlyList<SyntheticShape> All { get; } = [V2Lite, Qwen1_5B, Llama8B, Qwen3_8B, V2Tiny, QwenTiny, LlamaTiny, Qwen3Tiny];

    /// <summary>As users call it.</summary>
    public required string Name { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Decoder layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Inner width of a dense MLP.</summary>
    public required int InnerSize { get; init; }

    /// <summary>Token ids.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Longest context, in tokens.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>The id that opens a text.</summary>
    public required int BosId { get; init; }

    /// <summary>The id that ends an answer.</summary>
    public required int EosId { get; init; }

    /// <summary><c>general.architecture</c> of a GGUF file.</summary>
    public abstract string Architecture { get; }

    /// <summary>How texts are split before they become tokens: <c>tokenizer.ggml.pre</c> of a GGUF file.</summary>
    public abstract string SplittingName { get; }

    /// <summary>config.json of such a model.</summary>
    public abstract string ConfigJson { get; }

    /// <summary>Every tensor, in the order of layers, by its name in Hugging Face checkpoints.</summary>
    public IEnumerable<(string Name, long[] Shape)> Tensors()
    {
        yield return ("model.embed_tokens.weight", [Vocabulary, HiddenSize]);
        for (var layer = 0; layer < Layers; layer++)
        {
            foreach (var tensor in Layer($"model.layers.{layer}.", layer))
            {
                yield return tensor;
            }
        }

        yield return ("model.norm.weight", [HiddenSize]);
        yield return ("lm_head.weight", [Vocabulary, HiddenSize]);
    }

    /// <summary>Writes the keys of a GGUF file that describe the architecture, those that all have included.</summary>
    public virtual void Describe(GgufWriter file)
    {
        file.Add(Key("block_count"), (uint)Layers);
        file.Add(Key("context_length"), (uint)MaxPositions);
        file.Add(Key("embedding_length"), (uint)HiddenSize);
        file.Add(Key("feed_forward_length"), (uint)InnerSize);
        file.Add(Key("attention.head_count"), (uint)Heads);
        file.Add(Key("attention.layer_norm_rms_epsilon"), 1e-6f);
        file.Add(Key("vocab_size"), (uint)Vocabulary);
    }

    private static DenseShape Tiny(DenseShape shape, string name) => shape with
    {
        Name = name,
        HiddenSize = 256,
        Layers = 3,
        Heads = 4,
        KeyValueHeads = 2,
        HeadDimension = 64,
        InnerSize = 512,
        Vocabulary = 1024,
        MaxPositions = 4096,
        BosId = 1022,
        EosId = 1023,
    };

    protected string Key(string name) => $"{Architecture}.{name}";

    /// <summary>The tensors of a layer whose names begin so.</summary>
    protected abstract IEnumerable<(string Name, long[] Shape)> Layer(string prefix, int layer);

    protected IEnumerable<(string Name, long[] Shape)> Mlp(string prefix, int inner)
    {
        yield return (prefix + "gate_proj.weight", [inner, HiddenSize]);
        yield return (prefix + "up_proj.weight", [inner, HiddenSize]);
        yield return (prefix + "down_proj.weight", [HiddenSize, inner]);
    }
}
