using System.CommandLine;
using Gateway.Engine.Synthesis;
using Gateway.Hosting;

namespace Gateway.Commands;

/// <summary>
/// <c>gateway engine synth --shape NAME --out PATH [--type TYPE] [--format safetensors|gguf] [--layers N] [--experts N] [--seed N]</c>: writes
/// a model with seeded random weights, for benchmarks.
/// </summary>
public static class EngineSynthCommand
{
    private static readonly Dictionary<string, string> OptionNames = new()
    {
        [nameof(SynthesisOptions.Shape)] = "--shape",
        [nameof(SynthesisOptions.Type)] = "--type",
        [nameof(SynthesisOptions.OutputPath)] = "--out",
        [nameof(SynthesisOptions.Layers)] = "--layers",
        [nameof(SynthesisOptions.Experts)] = "--experts",
    };

    public static Command Create()
    {
        var shape = new Option<string>("--shape") { Description = $"Whose measures: {string.Join(", ", SynthesisOptions.Shapes)}.", Required = true };
        var output = new Option<string>("--out")
        {
            Description = "Where to write: the folder of a safetensors model; the file of a GGUF model, or a folder that gets a file named after shape and type.",
            Required = true,
        };
        var type = new Option<string>("--type")
        {
            Description = $"The form of matrices: {string.Join(", ", SynthesisOptions.Types)}; safetensors holds f32, f16 and bf16 only. By default bf16.",
            DefaultValueFactory = _ => "bf16",
        };
        var format = new Option<SynthesisFormat?>("--format") { Description = "safetensors or gguf; by default gguf when --out ends in .gguf, else safetensors." };
        var layers = new Option<int?>("--layers") { Description = "Layers; by default as many as the shape has." };
        var experts = new Option<int?>("--experts") { Description = "Routed experts; by default as many as the shape has." };
        var seed = new Option<long>("--seed") { Description = "The same seed gives the same bytes; 1 by default.", DefaultValueFactory = _ => 1 };
        var command = new Command("synth", "Write a model with seeded random weights, for benchmarks.") { shape, output, type, format, layers, experts, seed };
        command.SetAction((result, cancellationToken) => EngineCommand.RunAsync(
            result.InvocationConfiguration.Error,
            OptionNames,
            () => WriteAsync(
                new SynthesisOptions
                {
                    Shape = result.GetRequiredValue(shape),
                    OutputPath = result.GetRequiredValue(output),
                    Type = result.GetRequiredValue(type),
                    Format = result.GetValue(format) ?? (IsGguf(result.GetRequiredValue(output)) ? SynthesisFormat.Gguf : SynthesisFormat.Safetensors),
                    Layers = result.GetValue(layers),
                    Experts = result.GetValue(experts),
                    Seed = result.GetValue(seed),
                },
                result.InvocationConfiguration.Output,
                result.InvocationConfiguration.Error,
                cancellationToken)));
        return command;
    }

    private static bool IsGguf(string path) => path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);

    private static async Task WriteAsync(SynthesisOptions options, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        if (options.Format == SynthesisFormat.Gguf && Directory.Exists(options.OutputPath))
        {
            options = options with { OutputPath = Path.Combine(options.OutputPath, $"{options.Shape}-{options.Type}.gguf") };
        }

        await Task.Run(() => ModelSynthesis.Write(options, new LoadProgress(percent => error.WriteLine($"{percent} % written")), cancellationToken), cancellationToken);
        await output.WriteLineAsync(options.OutputPath);
    }
}
