using System.Text.Json;

namespace Gateway.Engine.Weights;

/// <summary>
/// The weight files of a model folder seen as one: <c>model.safetensors</c>, or the shards that
/// <c>model.safetensors.index.json</c> lists. A name occurs in one file only.
/// </summary>
internal sealed class SafetensorsCheckpoint : ICheckpoint
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";

    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, (SafetensorsFile File, TensorEntry Entry)> _tensors = new(StringComparer.Ordinal);

    private SafetensorsCheckpoint(string folder) => Path = folder;

    public string Path { get; }

    public IEnumerable<string> Names => _tensors.Keys;

    /// <exception cref="WeightsFormatException">A file is missing, damaged, or not what the index says.</exception>
    public static SafetensorsCheckpoint Open(string folder)
    {
        var checkpoint = new SafetensorsCheckpoint(folder);
        try
        {
            var single = System.IO.Path.Combine(folder, SingleFile);
            var index = System.IO.Path.Combine(folder, IndexFile);
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

    public TensorEntry? Find(string name) => _tensors.TryGetValue(name, out var found) ? found.Entry : null;

    public string FileOf(TensorEntry entry) => _tensors[entry.Name].File.Path;

    public void ReadRows(TensorEntry entry, long firstRow, Span<byte> destination) =>
        _tensors[entry.Name].File.Read(entry, firstRow * (entry.ByteCount / entry.RowCount), destination);

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
            Add(System.IO.Path.Combine(Path, shard));
        }

        foreach (var (name, shard) in fileOfTensor)
        {
            if (!_tensors.TryGetValue(name, out var found) || System.IO.Path.GetFileName(found.File.Path) != shard)
            {
                throw new WeightsFormatException(index, name, $"the index says that it is in {shard}, and it is not.");
            }
        }

        if (_tensors.Keys.FirstOrDefault(name => !fileOfTensor.ContainsKey(name)) is { } unlisted)
        {
            var shard = System.IO.Path.GetFileName(_tensors[unlisted].File.Path);
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
                throw new WeightsFormatException(path, name, $"it is in {System.IO.Path.GetFileName(_tensors[name].File.Path)} too.");
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
                if (shard.Length == 0 || shard != System.IO.Path.GetFileName(shard) || shard.Contains('\0'))
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
