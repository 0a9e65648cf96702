using System.Text.Json;
using Gateway.Engine.Tokenization.Files;

namespace Gateway.Engine.Tokenization;

/// <summary>What tokenizer_config.json, the neighbour of tokenizer.json, adds to it.</summary>
public sealed record TokenizerConfig
{
    /// <summary>The name of the file beside tokenizer.json.</summary>
    public const string FileName = "tokenizer_config.json";

    /// <summary>The content of the token that begins a text; null when there is none.</summary>
    public string? BosToken { get; init; }

    /// <summary>The content of the token that ends a text or an answer.</summary>
    public string? EosToken { get; init; }

    /// <summary>The content of the token that fills batches up.</summary>
    public string? PadToken { get; init; }

    /// <summary>The content of the token for unknown text.</summary>
    public string? UnkToken { get; init; }

    /// <summary>Whether encoding with special tokens begins with <see cref="BosToken"/> even where tokenizer.json has no template that does. The default is false.</summary>
    public bool AddBosToken { get; init; }

    /// <summary>The same for <see cref="EosToken"/> at the end.</summary>
    public bool AddEosToken { get; init; }

    /// <exception cref="TokenizerFormatException">The file cannot be read or is damaged.</exception>
    public static TokenizerConfig Load(string path) => Parse(JsonFile.Bytes(path), path);

    /// <param name="json">UTF-8.</param>
    /// <param name="name">How errors name it.</param>
    /// <exception cref="TokenizerFormatException">The file is damaged.</exception>
    public static TokenizerConfig Parse(ReadOnlyMemory<byte> json, string name) => JsonFile.Read(json, name, root => new TokenizerConfig
    {
        BosToken = ReadToken(root, "bos_token"),
        EosToken = ReadToken(root, "eos_token"),
        PadToken = ReadToken(root, "pad_token"),
        UnkToken = ReadToken(root, "unk_token"),
        AddBosToken = root.Flag("add_bos_token"),
        AddEosToken = root.Flag("add_eos_token"),
    });

    /// <summary>A token is written as its content, or as an object that holds it.</summary>
    private static string? ReadToken(JsonCursor root, string name) =>
        !root.TryGet(name, out var token) ? null
        : token.Element.ValueKind == JsonValueKind.Object ? token.Required("content").AsString()
        : token.AsString();
}
