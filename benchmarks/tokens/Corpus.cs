using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Gateway.Benchmarks.TokenFit;

/// <summary>Where the texts come from: prompts, files of a source tree, and the translations that programs of the machine carry.</summary>
internal static class Corpus
{
    /// <summary>What most messages of a conversation stay below.</summary>
    private const int ChunkLength = 2000;

    /// <summary>Shorter messages of programs are mostly names.</summary>
    private const int ShortestMessage = 30;

    private const int ChunksPerFile = 20;

    private const int SamplesPerLanguage = 300;

    /// <summary>What the samples of <see cref="Translations(string)"/> are called.</summary>
    private static readonly string[] Languages =
        [.. "de fr es it pt_BR nl pl cs sv tr vi ru uk el ar he fa hi bn ta th ja ko zh_CN zh_TW ka".Split(' ')];

    private static readonly Dictionary<string, string> KindOfExtension = new()
    {
        [".cs"] = "code",
        [".py"] = "code",
        [".js"] = "code",
        [".mjs"] = "code",
        [".ts"] = "code",
        [".sh"] = "code",
        [".c"] = "code",
        [".h"] = "code",
        [".lua"] = "code",
        [".json"] = "json",
        [".md"] = "docs",
        [".rst"] = "docs",
        [".txt"] = "docs",
        [".yaml"] = "docs",
        [".yml"] = "docs",
    };

    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>Prompts of a file of routing examples. Every prompt is a source of its own: they are independent.</summary>
    public static IEnumerable<Sample> Prompts(string file) =>
        from line in File.ReadLines(file)
        let prompt = JsonSerializer.Deserialize<JsonElement>(line).GetProperty("prompt").GetString()!
        select new Sample("prompts", prompt, prompt);

    /// <summary>Code, JSON and documents below a folder, in chunks of whole lines.</summary>
    public static IEnumerable<Sample> Sources(string folder) =>
        from path in Directory.EnumerateFiles(folder, "*", Everything).Order(StringComparer.Ordinal)
        where !path.Split('/').Any(part => part is "bin" or "obj" or "node_modules" or ".git")
        let kind = KindOfExtension.GetValueOrDefault(Path.GetExtension(path))
        where kind is not null && new FileInfo(path).Length is > 200 and < 500_000
        from chunk in Chunks(File.ReadLines(path), "\n").Take(ChunksPerFile)
        select new Sample(kind, path, chunk);

    /// <summary>Translations (gettext catalogues, <c>LANGUAGE/LC_MESSAGES/PROGRAM.mo</c>) below a folder.</summary>
    public static IEnumerable<Sample> Translations(string folder) =>
        from language in Languages
        let place = Path.Combine(folder, language, "LC_MESSAGES")
        where Directory.Exists(place)
        from sample in Translations(place, language).Take(SamplesPerLanguage)
        select sample;

    /// <summary>The texts of the tokenizers' golden cases, each group in chunks.</summary>
    public static IEnumerable<Sample> Cases(JsonElement cases) =>
        from pair in cases.GetProperty("groups").EnumerateArray().Zip(cases.GetProperty("texts").EnumerateArray())
        group pair.Second.GetString()! by pair.First.GetString()! into texts
        where texts.Key is not ("random" or "special" or "long" or "one_char" or "control" or "whitespace" or "empty")
        from chunk in Chunks(texts, "\n", 200)
        select new Sample("cases", texts.Key, chunk);

    private static IEnumerable<Sample> Translations(string folder, string language) =>
        from path in Directory.EnumerateFiles(folder, "*.mo").Order(StringComparer.Ordinal)
        from chunk in Chunks(Messages(File.ReadAllBytes(path)).Where(message => message.Length >= ShortestMessage), " ").Take(ChunksPerFile)
        select new Sample(language, path, chunk);

    private static IEnumerable<string> Chunks(IEnumerable<string> lines, string separator, int length = ChunkLength)
    {
        StringBuilder chunk = new();
        foreach (var line in lines)
        {
            chunk.Append(line).Append(separator);
            if (chunk.Length >= length)
            {
                yield return chunk.ToString();
                chunk.Clear();
            }
        }

        if (chunk.Length >= length / 10)
        {
            yield return chunk.ToString();
        }
    }

    /// <summary>The translated strings of a catalogue: after a magic number come their count and where the table of lengths and offsets stands.</summary>
    private static IEnumerable<string> Messages(byte[] file)
    {
        if (file.Length < 20 || BinaryPrimitives.ReadUInt32LittleEndian(file) != 0x950412DE)
        {
            yield break;
        }

        int count = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(8));
        int table = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(16));
        // The first translation is the catalogue's own header.
        for (int i = 1; i < count; i++)
        {
            var entry = file.AsSpan(table + (8 * i), 8);
            yield return Encoding.UTF8.GetString(file, BinaryPrimitives.ReadInt32LittleEndian(entry[4..]), BinaryPrimitives.ReadInt32LittleEndian(entry));
        }
    }
}
