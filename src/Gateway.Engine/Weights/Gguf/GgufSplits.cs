using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Engine.Weights.Gguf;

/// <summary>A model in one GGUF file, or in several that were split: <c>name-00001-of-00003.gguf</c> and on, of which the first holds the metadata.</summary>
internal sealed partial class GgufSplits : IDisposable
{
    private const string CountKey = "split.count";
    private const int MaxFiles = 1000;

    private readonly List<GgufFile> _files = [];

    private GgufSplits()
    {
    }

    public IReadOnlyList<GgufFile> Files => _files;

    /// <summary>Path of the first file.</summary>
    public string Path => _files[0].Path;

    public GgufMetadata Metadata => _files[0].Metadata;

    /// <exception cref="WeightsFormatException">A file is missing or damaged.</exception>
    public static GgufSplits Open(string path)
    {
        var splits = new GgufSplits();
        try
        {
            splits._files.Add(GgufFile.Open(path));
            var count = splits.Metadata.FindInteger(CountKey) ?? 1;
            if (count > 1)
            {
                splits.AddOthers(path, count);
            }

            return splits;
        }
        catch
        {
            splits.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var file in _files)
        {
            file.Dispose();
        }
    }

    private void AddOthers(string first, int count)
    {
        var name = SplitName().Match(System.IO.Path.GetFileName(first));
        if (count > MaxFiles || !name.Success || name.Groups["number"].Value != "00001")
        {
            throw Metadata.Error(CountKey, $"is {count}: give the first file of them, whose name ends in -00001-of-{count:D5}.gguf.");
        }

        for (var number = 2; number <= count; number++)
        {
            var sibling = string.Create(CultureInfo.InvariantCulture, $"{name.Groups["name"].Value}-{number:D5}-of-{count:D5}.gguf");
            _files.Add(GgufFile.Open(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(first) ?? "", sibling)));
        }
    }

    [GeneratedRegex(@"^(?<name>.*)-(?<number>\d{5})-of-\d{5}\.gguf$", RegexOptions.CultureInvariant)]
    private static partial Regex SplitName();
}
