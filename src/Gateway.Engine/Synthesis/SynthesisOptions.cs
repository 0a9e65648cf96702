using Gateway.Engine.Weights;

namespace Gateway.Engine.Synthesis;

/// <summary>Which model without trained weights is to be written, and how.</summary>
public sealed record SynthesisOptions
{
    /// <summary>Whose measures: one of <see cref="Shapes"/>.</summary>
    public required string Shape { get; init; }

    /// <summary>The form of matrices: one of <see cref="Types"/>; a safetensors file holds <c>f32</c>, <c>f16</c> and <c>bf16</c> only. The default is <c>bf16</c>.</summary>
    public string Type { get; init; } = "bf16";

    /// <summary>The kind of files. The default is safetensors.</summary>
    public SynthesisFormat Format { get; init; } = SynthesisFormat.Safetensors;

    /// <summary>The folder of a safetensors model, made when it is not there; the file of a GGUF model.</summary>
    public required string OutputPath { get; init; }

    /// <summary>Layers, 1 to 512; null (the default): as many as the shape has.</summary>
    public int? Layers { get; init; }

    /// <summary>Routed experts, from as many as a token takes to 1,024; null (the default): as many as the shape has. Only for shapes with experts.</summary>
    public int? Experts { get; init; }

    /// <summary>The same seed gives the same bytes. The default is 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>The names of all shapes.</summary>
    public static IReadOnlyList<string> Shapes { get; } = [.. SyntheticShape.All.Select(shape => shape.Name)];

    /// <summary>The names of all forms of matrices.</summary>
    public static IReadOnlyList<string> Types { get; } = [.. RowEncoder.Formats.Select(NameOf)];

    internal WeightFormat WeightFormat => RowEncoder.Formats.First(format => NameOf(format) == Type);

    /// <summary>The shape with the layers and experts that are wanted.</summary>
    /// <exception cref="EngineOptionsException">Lists every option that is out of range.</exception>
    internal SyntheticShape Resolve()
    {
        List<string> errors = [];
        var shape = SyntheticShape.All.FirstOrDefault(known => known.Name == Shape);
        if (shape is null)
        {
            errors.Add($"{nameof(Shape)} is '{Shape}'; it must be one of: {string.Join(", ", Shapes)}.");
        }

        if (!Types.Contains(Type))
        {
            errors.Add($"{nameof(Type)} is '{Type}'; it must be one of: {string.Join(", ", Types)}.");
        }
        else if (Format == SynthesisFormat.Safetensors && WeightLayout.Of(WeightFormat).HasBlocks)
        {
            errors.Add($"{nameof(Type)} is '{Type}', which safetensors files cannot hold: choose f32, f16 or bf16, or write GGUF.");
        }

        if (string.IsNullOrWhiteSpace(OutputPath))
        {
            errors.Add($"{nameof(OutputPath)} is empty; name the folder or file to write.");
        }

        if (Layers is { } layers && layers is < 1 or > 512)
        {
            errors.Add($"{nameof(Layers)} is {Layers}; it must be 1 to 512.");
        }

        if (Experts is { } experts && shape is not null)
        {
            if (shape is not DeepSeekV2Shape mixture)
            {
                errors.Add($"{nameof(Experts)} is {experts}, and {shape.Name} has none; leave it out.");
            }
            else if (experts < mixture.ExpertsPerToken || experts > 1024)
            {
                errors.Add($"{nameof(Experts)} is {experts}; it must be {mixture.ExpertsPerToken} to 1024.");
            }
        }

        if (errors.Count > 0)
        {
            throw new EngineOptionsException(errors);
        }

        shape = shape! with { Layers = Layers ?? shape.Layers };
        return shape is DeepSeekV2Shape withExperts ? withExperts with { Experts = Experts ?? withExperts.Experts } : shape;
    }

    private static string NameOf(WeightFormat format) => WeightLayout.Of(format).Name.ToLowerInvariant();
}

/// <summary>The kinds of model files that can be written.</summary>
public enum SynthesisFormat
{
    /// <summary>A folder in Hugging Face layout.</summary>
    Safetensors,

    /// <summary>One GGUF file with everything in it.</summary>
    Gguf,
}
