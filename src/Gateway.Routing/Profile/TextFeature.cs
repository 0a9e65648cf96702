namespace Gateway.Routing;

/// <summary>
/// What is counted in a text to estimate its tokens. A tokenizer first cuts a text into words, numbers, symbols and white space, and then
/// looks the pieces up; so the starts of pieces are counted, and what makes a piece too long or too rare to be one token.
/// Letters are those of ASCII; the others are counted by script.
/// </summary>
public enum TextFeature
{
    /// <summary>Runs of letters.</summary>
    Words,

    /// <summary>Runs of letters that do not follow a single space: it would have been part of their first token.</summary>
    JoinedWords,

    /// <summary>Letters that have six or more before them in their run.</summary>
    LateLetters,

    /// <summary>Letters that have ten or more before them in their run.</summary>
    VeryLateLetters,

    /// <summary>Capitals after a capital.</summary>
    RepeatedCapitals,

    /// <summary>The letters j, k and z: rare in English, frequent in words of other languages, which have more tokens.</summary>
    RareLetters,

    /// <summary>Words that end with a, i or o, as they do in Italian, Spanish and Finnish.</summary>
    OpenEndings,

    /// <summary>Runs of digits.</summary>
    Numbers,

    /// <summary>Digits.</summary>
    Digits,

    /// <summary>Runs of digits after a space.</summary>
    SpacedNumbers,

    /// <summary>Runs of two or more spaces or tabs.</summary>
    Indents,

    /// <summary>Spaces and tabs after the first of their run.</summary>
    ExtraSpaces,

    /// <summary>Runs of line breaks.</summary>
    LineBreaks,

    /// <summary>Line breaks after the first of their run.</summary>
    ExtraLineBreaks,

    /// <summary>Runs of other ASCII: punctuation, symbols, control characters.</summary>
    Symbols,

    /// <summary>Such characters after the first of their run.</summary>
    ExtraSymbols,

    /// <summary>Runs of characters that are neither ASCII nor Latin.</summary>
    ForeignRuns,

    /// <summary>Latin letters with marks. Their bytes are part of words.</summary>
    MarkedLatin,

    /// <summary>
    /// Latin letters with two marks, almost all of them Vietnamese, whose syllables are tokens: they may cost less than nothing, since each
    /// makes up for other features of its word.
    /// </summary>
    Vietnamese,

    /// <summary>Greek letters.</summary>
    Greek,

    /// <summary>Cyrillic letters.</summary>
    Cyrillic,

    /// <summary>Hebrew letters.</summary>
    Hebrew,

    /// <summary>Arabic letters, and the other characters of two bytes: Armenian, Syriac, combining marks.</summary>
    Arabic,

    /// <summary>Devanagari: Hindi, Marathi, Nepali.</summary>
    Devanagari,

    /// <summary>The other scripts of India: Bengali, Tamil, Telugu.</summary>
    Indian,

    /// <summary>Thai, Lao and Tibetan.</summary>
    Thai,

    /// <summary>Characters from U+1000 to U+1DFF: Burmese, Georgian, Ethiopic, Khmer.</summary>
    RareScript,

    /// <summary>Typographic marks and symbols: U+0080 to U+00BF, U+2000 to U+2FFF, U+E000 to U+FFFF (with full-width forms).</summary>
    Marks,

    /// <summary>Hiragana, katakana and the punctuation of Chinese and Japanese.</summary>
    Kana,

    /// <summary>Chinese characters.</summary>
    Han,

    /// <summary>Korean syllables.</summary>
    Hangul,

    /// <summary>Characters of four bytes: emoji, rare Chinese characters, historic scripts.</summary>
    Astral,
}
