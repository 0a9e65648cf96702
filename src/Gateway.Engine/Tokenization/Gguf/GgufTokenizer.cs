using Gateway.Engine.Tokenization.Decoders;
using Gateway.Engine.Tokenization.Files;
using Gateway.Engine.Tokenization.Models;
using Gateway.Engine.Tokenization.Normalizers;
using Gateway.Engine.Weights.Gguf;

namespace Gateway.Engine.Tokenization.Gguf;

/// <summary>Builds the tokenizer that the metadata of a GGUF file describes: byte-level BPE, whose splitting the file only names.</summary>
internal static class GgufTokenizer
{
    private const string ByteLevelBpe = "gpt2";

    /// <summary>The kinds of tokens that the format knows (enum llama_token_type) and that matter here; all others are the model's own.</summary>
    private const long Control = 3;
    private const long UserDefined = 4;
    private const long Unused = 5;

    /// <exception cref="TokenizerFormatException">The metadata is damaged, or asks for a tokenizer that is not known here.</exception>
    public static Tokenizer Read(GgufMetadata metadata)
    {
        if (metadata.FindText(GgufVocabulary.Model) is var model and not ByteLevelBpe)
        {
            throw Error(metadata, GgufVocabulary.Model, $"is '{model}', which is not supported; supported is {ByteLevelBpe}.");
        }

        var name = metadata.FindText(GgufVocabulary.PreTokenizer);
        var splitting = GgufSplitting.Find(name ?? "")
            ?? throw Error(metadata, GgufVocabulary.PreTokenizer, $"is '{name}', which is not supported; supported are {GgufSplitting.KnownNames}.");
        if (splitting.Normalizes && !UnicodeFormNormalizer.IsAvailable)
        {
            throw Error(
                metadata, GgufVocabulary.PreTokenizer,
                "needs Unicode normalisation, which is switched off in this process: install ICU and unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT.");
        }

        var (vocabulary, added, tokens) = ReadTokens(metadata);
        var bos = TokenId(metadata, GgufVocabulary.BosId, tokens);
        var eos = TokenId(metadata, GgufVocabulary.EosId, tokens);
        var decoder = new TokenDecoder { IsByteLevel = true };
        var parts = new TokenizerParts
        {
            Model = new BpeModel(vocabulary, new MergeTable(ReadMerges(metadata, vocabulary))) { IgnoresMerges = splitting.IgnoresMerges },
            Vocabulary = new Vocabulary(vocabulary, added, decoder),
            AddedTokens = added,
            Normalizer = splitting.Normalizer,
            PreTokenizer = splitting.CreatePreTokenizer(),
            Decoder = decoder,
            Before = bos is { } first && (metadata.FindFlag(GgufVocabulary.AddBos) ?? splitting.AddsBos) ? [first] : [],
            Behind = eos is { } last && metadata.FindFlag(GgufVocabulary.AddEos) == true ? [last] : [],
        };
        return new Tokenizer(parts, new TokenizerConfig
        {
            BosToken = bos is { } b ? tokens[b] : null,
            EosToken = eos is { } e ? tokens[e] : null,
            PadToken = TokenId(metadata, GgufVocabulary.PaddingId, tokens) is { } pad ? tokens[pad] : null,
        });
    }

    private static (Dictionary<string, int> Vocabulary, List<AddedToken> Added, string[] Tokens) ReadTokens(GgufMetadata metadata)
    {
        var tokens = metadata.FindTexts(GgufVocabulary.Tokens) ?? throw Error(metadata, GgufVocabulary.Tokens, "is missing.");
        var types = metadata.FindIntegers(GgufVocabulary.Types) ?? [];
        if (tokens.Length > BpeModelReader.MaxId || (types.Length != 0 && types.Length != tokens.Length))
        {
            throw Error(metadata, GgufVocabulary.Tokens, $"has {tokens.Length} entries, and {types.Length} types; that is no vocabulary.");
        }

        Dictionary<string, int> vocabulary = new(StringComparer.Ordinal);
        List<AddedToken> added = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        for (var id = 0; id < tokens.Length; id++)
        {
            var type = types.Length == 0 ? 0 : types[id];
            if (type == Unused)
            {
                continue;
            }

            if (tokens[id].Length is 0 or > AddedTokenReader.MaxContentLength || !seen.Add(tokens[id]))
            {
                throw Error(metadata, GgufVocabulary.Tokens, $"[{id}] is empty, too long, or there a second time.");
            }

            if (type is Control or UserDefined)
            {
                added.Add(new AddedToken(id, tokens[id]) { IsSpecial = type == Control });
            }
            else
            {
                vocabulary.Add(tokens[id], id);
            }
        }

        return vocabulary.Count > 0 ? (vocabulary, added, tokens) : throw Error(metadata, GgufVocabulary.Tokens, "has no token of the model's own.");
    }

    private static Dictionary<(int Left, int Right), Merge> ReadMerges(GgufMetadata metadata, Dictionary<string, int> vocabulary)
    {
        Dictionary<(int, int), Merge> merges = [];
        var texts = metadata.FindTexts(GgufVocabulary.Merges) ?? throw Error(metadata, GgufVocabulary.Merges, "is missing.");
        for (var rank = 0; rank < texts.Length; rank++)
        {
            // The first character is never the blank between the two: it may stand for itself in other alphabets.
            var blank = texts[rank].Length == 0 ? -1 : texts[rank].IndexOf(' ', 1);
            if (blank < 0
                || !vocabulary.TryGetValue(texts[rank][..blank], out var left)
                || !vocabulary.TryGetValue(texts[rank][(blank + 1)..], out var right)
                || !vocabulary.TryGetValue(texts[rank].Remove(blank, 1), out var both))
            {
                throw Error(metadata, GgufVocabulary.Merges, $"[{rank}] is '{texts[rank]}'; it must be two tokens whose joining is one.");
            }

            merges[(left, right)] = new Merge(rank, both);
        }

        return merges;
    }

    private static int? TokenId(GgufMetadata metadata, string key, string[] tokens)
    {
        var id = metadata.FindInteger(key);
        return id is null || id < tokens.Length ? id : throw Error(metadata, key, $"is {id}; the vocabulary ends at {tokens.Length - 1}.");
    }

    private static TokenizerFormatException Error(GgufMetadata metadata, string key, string problem) => new(metadata.File, key, problem);
}
