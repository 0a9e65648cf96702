using Gateway.Engine.Tokenization.Decoders;
using Gateway.Engine.Tokenization.Models;
using Gateway.Engine.Tokenization.Normalizers;
using Gateway.Engine.Tokenization.PreTokenizers;

namespace Gateway.Engine.Tokenization.Files;

/// <summary>The parts that one tokenizer.json describes.</summary>
internal sealed record TokenizerParts
{
    public required BpeModel Model { get; init; }

    public required Vocabulary Vocabulary { get; init; }

    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>Null when texts stay as they are.</summary>
    public required Normalizer? Normalizer { get; init; }

    public required PreTokenizer PreTokenizer { get; init; }

    public required TokenDecoder Decoder { get; init; }

    /// <summary>The ids that special tokens put before a text.</summary>
    public required int[] Before { get; init; }

    /// <summary>The ids that special tokens put behind a text.</summary>
    public required int[] Behind { get; init; }

    /// <summary>Truncation and padding, which the file may hold too, are for batches of training texts and are not read.</summary>
    public static TokenizerParts Read(JsonCursor root)
    {
        var model = BpeModelReader.Read(root.Required("model"), out var tokens);
        var added = root.TryGet("added_tokens", out var list) ? AddedTokenReader.Read(list, tokens) : [];
        var decoder = TokenDecoderReader.Read(root.Required("decoder"));
        Vocabulary vocabulary = new(tokens, added, decoder);
        var (before, behind) = root.TryGet("post_processor", out var postProcessor) ? PostProcessorReader.Read(postProcessor, vocabulary.Size) : ([], []);
        return new TokenizerParts
        {
            Model = model,
            Vocabulary = vocabulary,
            AddedTokens = added,
            Normalizer = root.TryGet("normalizer", out var normalizer) ? NormalizerReader.Read(normalizer) : null,
            PreTokenizer = root.TryGet("pre_tokenizer", out var preTokenizer) ? PreTokenizerReader.Read(preTokenizer) : new PreTokenizer([], null),
            Decoder = decoder,
            Before = before,
            Behind = behind,
        };
    }
}
