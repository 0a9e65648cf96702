using System.Text.Json;

namespace Gateway.Engine.Weights;

/// <summary>
/// The weight files of a model folder seen as one: <c>model.safetensors</c>, or the shards that
/// <c>model.safetensors.index.json</c> lists. A name occurs in one file only.
/// </summary>
internal sealed class Checkpoint : IDisposable
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";

    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, (SafetensorsFile File, TensorEntry Entry)> _tensors = new(StringComparer.Ordinal);

    private Checkpoint(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>Size of all tensors, on disk as in memory.</summary>
    public long ByteCount => _tensors.Values.Sum(tensor => tensor.Entry.ByteCount);

    public IEnumerable<string> Names => _tensors.Keys;

    /// <exception cref="WeightsFormatException">A file is missing, damaged, or not what the index says.</exception>
    public static Checkpoint Open(string folder)
    {
        var checkpoint = new Checkpoint(folder);
        try
        {
            var single = Path.Combine(folder, SingleFile);
            var index = Path.Combine(folder, IndexFile);
            if (File.Exists(single))
            {
                checkpoint.Add(single);
            }
            else if (File.Exists(index))
            {
                checkpoint.AddShards(index);
            }
            else
            {
                throw new WeightsFormatException(folder, null, $"holds neither {SingleFile} nor {IndexFile}.");
            }

            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>The tensor of that name, or null.</summary>
    public TensorEntry? Find(string name) => _tensors.TryGetValue(name, out var found) ? found.Entry : null;

    /// <summary>The path of the file that holds the tensor.</summary>
    public string FileOf(TensorEntry entry) => _tensors[entry.Name].File.Path;

    /// <summary>Fills <paramref name="destination"/>, which has exactly the tensor's length, with its bytes.</summary>
    public void Read(TensorEntry entry, Span<byte> destination) => _tensors[entry.Name].File.Read(entry, destination);

    public void Dispose()
    {
        foreach (var file in _files)
        {
            file.Dispose();
        }
    }

    private void AddShards(string index)
    {
        var fileOfTensor = ReadIndex(index);
        foreach (var shard in fileOfTensor.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            Add(Path.Combine(Folder, shard));
        }

        foreach (var (name, shard) in fileOfTensor)
        {
            if (!_tensors.TryGetValue(name, out var found) || Path.GetFileName(found.File.Path) != shard)
            {
                throw new WeightsFormatException(index, name, $"the index says that it is in {shard}, and it is not.");
            }
        }

        if (_tensors.Keys.FirstOrDefault(name => !fileOfTensor.ContainsKey(name)) is { } unlisted)
        {
            var shard = Path.GetFileName(_tensors[unlisted].File.Path);
            throw new WeightsFormatException(index, unlisted, $"it is in {shard}, but not in the index.");
        }
    }

    private void Add(string path)
    {
        var file = SafetensorsFile.Open(path);
        _files.Add(file);
        foreach (var (name, entry) in file.Entries)
        {
            if (!_tensors.TryAdd(name, (file, entry)))
            {
                throw new WeightsFormatException(path, name, $"it is in {Path.GetFileName(_tensors[name].File.Path)} too.");
            }
        }
    }

    private static Dictionary<string, string> ReadIndex(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
            {
                throw new WeightsFormatException(path, null, "has no object 'weight_map' from tensor names to files.");
            }

            Dictionary<string, string> fileOfTensor = new(StringComparer.Ordinal);
            foreach (var property in map.EnumerateObject())
            {
                var shard = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : "";
                if (shard.Length == 0 || shard != Path.GetFileName(shard) || shard.Contains('\0'))
                {
                    throw new WeightsFormatException(
                        path, property.Name, $"{property.Value.GetRawText()} is no name of a file beside the index.");
                }

                if (!fileOfTensor.TryAdd(property.Name, shard))
                {
                    throw new WeightsFormatException(path, property.Name, "the index lists it twice.");
                }
            }

            return fileOfTensor;
        }
        catch (Exception exception)
            when (exception is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new WeightsFormatException(path, "is no readable index: " + exception.Message, exception);
        }
    }
}
