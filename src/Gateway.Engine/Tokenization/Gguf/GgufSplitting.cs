using Gateway.Engine.Tokenization.Normalizers;
using Gateway.Engine.Tokenization.Patterns;
using Gateway.Engine.Tokenization.PreTokenizers;

namespace Gateway.Engine.Tokenization.Gguf;

/// <summary>
/// How the tokenizers of the supported families split a text. A GGUF file only names the splitting (<c>tokenizer.ggml.pre</c>); the
/// expressions are those of the tokenizer.json files that such files are made from.
/// </summary>
/// <param name="Names">The names that mean it.</param>
/// <param name="Patterns">Expressions; each splits the pieces of the one before.</param>
internal sealed record GgufSplitting(string[] Names, string[] Patterns)
{
    private const string CasedLetters =
        "A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-\u02AF\u0370-\u0373\u0376\u0377\u037B-\u037D" +
        "\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F\u0531-\u0556\u10A0-\u10C5\u13A0-\u13F5" +
        "\u13F8-\u13FD\u1C90-\u1CBA\u1CBD-\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A\u1E00-\u1F15\u1F18-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D" +
        "\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB" +
        "\u1FE0-\u1FEC\u1FF2-\u1FF4\u1FF6-\u1FFC\u2102\u2107\u210A-\u2113\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134" +
        "\u2139\u213C-\u213F\u2145-\u2149\u214E\u2183\u2184\u2C00-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D\uA680-\uA69B" +
        "\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E\uAB70-\uABBF\uFB00-\uFB06\uFB13-\uFB17\uFF21-\uFF3A\uFF41-\uFF5A\U00010400-\U0001044F" +
        "\U000104B0-\U000104D3\U000104D8-\U000104FB\U00010C80-\U00010CB2\U00010CC0-\U00010CF2\U000118A0-\U000118DF\U0001E900-\U0001E943";

    private const string HanKanaAndHangul = "[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+";

    // What Qwen2 and Llama 3 differ in is how many digits make a piece.
    private const string WordsThenDigits = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|";
    private const string ThenTheRest = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly GgufSplitting[] All =
    [
        new(
            ["deepseek-llm"],
            [
                @"[\r\n]",
                @"\s?[" + CasedLetters + "]+",
                "\\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+",
                @"\s+$",
                HanKanaAndHangul,
                @"\p{N}",
            ]),
        new(["deepseek-coder"], [@"[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", HanKanaAndHangul, @"\p{N}"]),
        new(
            ["deepseek-v3"],
            [
                @"\p{N}{1,3}",
                "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+",
                """[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"""
                    + @"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
            ]),
        new(["qwen2", "deepseek-r1-qwen"], [WordsThenDigits + @"\p{N}" + ThenTheRest]) { Normalizes = true },
        new(["llama-bpe", "llama3", "llama-v3"], [WordsThenDigits + @"\p{N}{1,3}" + ThenTheRest]) { IgnoresMerges = true, AddsBos = true },
    ];

    /// <summary>Texts are brought into normal form C first. llama.cpp does not; the published tokenizer.json does.</summary>
    public bool Normalizes { get; init; }

    /// <summary>A piece that is a token as a whole is that token.</summary>
    public bool IgnoresMerges { get; init; }

    /// <summary>What a file means that does not say whether texts begin with BOS.</summary>
    public bool AddsBos { get; init; }

    /// <summary>Every name, for messages.</summary>
    public static string KnownNames => string.Join(", ", All.SelectMany(splitting => splitting.Names));

    public Normalizer? Normalizer => Normalizes ? new UnicodeFormNormalizer(System.Text.NormalizationForm.FormC) : null;

    /// <summary>Null for a name that is not known.</summary>
    public static GgufSplitting? Find(string name) => Array.Find(All, splitting => splitting.Names.Contains(name));

    public PreTokenizer CreatePreTokenizer() => new(
        [.. Patterns.Select(pattern => new PatternSplitter(Pattern.Parse(pattern), SplitBehavior.Isolated, invert: false))],
        new ByteLevelStep(addPrefixSpace: false, useRegex: false));
}
