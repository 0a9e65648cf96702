using Gateway.Engine.Models;
using Gateway.Engine.Weights;
using Gateway.Engine.Weights.Gguf;

namespace Gateway.Engine.Synthesis;

/// <summary>
/// Writes a model with seeded random weights: for benchmarks, which need shapes and not knowledge. The weights are made while they are
/// written, so a model of any size takes some megabytes of memory.
/// </summary>
public static class ModelSynthesis
{
    /// <summary>general.file_type of a GGUF file (enum llama_ftype).</summary>
    private static readonly Dictionary<WeightFormat, uint> FileTypes = new()
    {
        [WeightFormat.Float32] = 0,
        [WeightFormat.Float16] = 1,
        [WeightFormat.Q4_0] = 2,
        [WeightFormat.Q8_0] = 7,
        [WeightFormat.Q4_K] = 14,
        [WeightFormat.Q6_K] = 18,
        [WeightFormat.BFloat16] = 32,
    };

    /// <summary>Writes the model beside its place first, so that a run that ends early leaves no half of one there.</summary>
    /// <param name="progress">Told which share is written, from 0 to 1; may be null.</param>
    /// <exception cref="EngineOptionsException">An option is out of range.</exception>
    /// <exception cref="IOException">The files cannot be written.</exception>
    public static void Write(SynthesisOptions options, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        var shape = options.Resolve();
        using var checkpoint = new SyntheticCheckpoint(shape, options.Seed);
        var path = Path.GetFullPath(options.OutputPath);
        if (options.Format == SynthesisFormat.Gguf)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            WriteWhole(path, partial => Gguf(shape, checkpoint, options.WeightFormat).Write(partial, progress, cancellationToken));
            return;
        }

        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, FolderModelFiles.ConfigFileName), shape.ConfigJson);
        new SyntheticVocabulary(shape).Write(path);
        WriteWhole(Path.Combine(path, "model.safetensors"), partial => SafetensorsWriter.Write(
            options.WeightFormat == WeightFormat.BFloat16 ? checkpoint : new ConvertedCheckpoint(checkpoint, options.WeightFormat),
            partial, progress, cancellationToken));
    }

    private static GgufWriter Gguf(SyntheticShape shape, SyntheticCheckpoint checkpoint, WeightFormat format)
    {
        var file = new GgufWriter();
        file.Add(GgufArchitecture.Key, shape.Architecture);
        file.Add("general.name", shape.Name);
        file.Add("general.type", "model");
        file.Add("general.quantization_version", 2u);
        file.Add("general.file_type", FileTypes[format]);
        shape.Describe(file);
        new SyntheticVocabulary(shape).Describe(file);
        foreach (var tensor in new GgufTensors(shape, checkpoint, format).All())
        {
            file.Add(tensor);
        }

        return file;
    }

    private static void WriteWhole(string path, Action<string> write)
    {
        var partial = path + ".part";
        try
        {
            write(partial);
            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }
}
