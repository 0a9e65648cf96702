using System.CommandLine;
using Gateway.Engine;
using Gateway.Engine.Weights;

namespace Gateway.Commands;

/// <summary>The options of every verb that takes a model, and the engine's options that they amount to.</summary>
internal sealed class EngineModelOptions
{
    /// <summary>What the command line calls the engine's options, for messages.</summary>
    public static readonly Dictionary<string, string> Names = new()
    {
        [nameof(EngineOptions.ModelPath)] = "model",
        [nameof(EngineOptions.Quantization)] = "--quantization",
        [nameof(EngineOptions.Threads)] = "--threads",
        [nameof(EngineOptions.Device)] = "--device",
        [nameof(EngineOptions.KvCacheTokens)] = "--kv-tokens",
        [nameof(EngineOptions.MatrixInputs)] = "--matrix-inputs",
    };

    private readonly Argument<string> _model = new("model")
    {
        Description = "A folder in Hugging Face layout or a GGUF file; the built-in model by default.",
        DefaultValueFactory = _ => "models/demo",
    };

    private readonly Option<string> _quantization = new("--quantization")
    {
        Description = "What becomes of large matrices while they are loaded: none, q8_0 or q4; none by default.",
        DefaultValueFactory = _ => "none",
    };

    private readonly Option<ComputeDevice> _device = new("--device") { Description = "auto, cpu or cuda; auto by default.", DefaultValueFactory = _ => ComputeDevice.Auto };
    private readonly Option<MatrixInputs> _matrixInputs = new("--matrix-inputs")
    {
        Description = "What matrices of bfloat16 weights multiply where the CPU computes: f32, or bf16, which rounds it; f32 by default.",
        DefaultValueFactory = _ => MatrixInputs.F32,
    };

    private readonly Option<int?> _threads = new("--threads") { Description = "CPU threads; by default one per processor." };

    public EngineModelOptions(Command command)
    {
        _quantization.AcceptOnlyFromAmong("none", "q8_0", "q4");
        command.Add(_model);
        command.Add(_quantization);
        command.Add(_device);
        command.Add(_threads);
        command.Add(_matrixInputs);
    }

    /// <summary>The options that the user gave, all others as they are by default.</summary>
    public EngineOptions Read(ParseResult result) => new()
    {
        ModelPath = Hosting.ConfiguredPath.Resolve(result.GetRequiredValue(_model)),
        Quantization = result.GetRequiredValue(_quantization) switch
        {
            "q8_0" => Quantization.Q8_0,
            "q4" => Quantization.Q4,
            _ => Quantization.None,
        },
        Device = result.GetValue(_device),
        Threads = result.GetValue(_threads),
        MatrixInputs = result.GetValue(_matrixInputs),
    };
}
