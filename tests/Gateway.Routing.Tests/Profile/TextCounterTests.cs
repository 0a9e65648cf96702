using System.Text;
using Xunit;

namespace Gateway.Routing.Tests.Profile;

public sealed class TextCounterTests
{
    [Theory]
    [InlineData(TextFeature.Words, "one two  three,four\nfive", 5)]
    [InlineData(TextFeature.JoinedWords, "one two  three,four\nfive", 4)]
    [InlineData(TextFeature.LateLetters, "sevenss eight88 elephants", 1 + 3)]
    [InlineData(TextFeature.VeryLateLetters, "elevenseven tenletters", 1)]
    [InlineData(TextFeature.RepeatedCapitals, "NATO and Oslo", 3)]
    [InlineData(TextFeature.RareLetters, "Jazz is OK", 4)]
    [InlineData(TextFeature.OpenEndings, "a ciao mia due tre,zoo.", 3)]
    [InlineData(TextFeature.Numbers, "1 22 a3b", 3)]
    [InlineData(TextFeature.Digits, "1 22 a3b", 4)]
    [InlineData(TextFeature.SpacedNumbers, "1 22 a3b\n4", 1)]
    [InlineData(TextFeature.Indents, "a  b\n    c d\t\te", 3)]
    [InlineData(TextFeature.ExtraSpaces, "a  b\n    c d\t\te", 1 + 3 + 1)]
    [InlineData(TextFeature.LineBreaks, "a\n\nb\r\nc", 2)]
    [InlineData(TextFeature.ExtraLineBreaks, "a\n\nb\r\nc", 2)]
    [InlineData(TextFeature.Symbols, "a, (b) {}\u0001", 4)]
    [InlineData(TextFeature.ExtraSymbols, "a, (b) {}\u0001", 2)]
    [InlineData(TextFeature.ForeignRuns, "жук и 字 café", 3)]
    [InlineData(TextFeature.MarkedLatin, "café größer", 3)]
    [InlineData(TextFeature.Words, "café größer nghiệp", 3)]
    [InlineData(TextFeature.Vietnamese, "nghiệp thế", 2)]
    [InlineData(TextFeature.Greek, "λόγος", 5)]
    [InlineData(TextFeature.Cyrillic, "жук", 3)]
    [InlineData(TextFeature.Hebrew, "שלום", 4)]
    [InlineData(TextFeature.Arabic, "سلام", 4)]
    [InlineData(TextFeature.Devanagari, "नम", 2)]
    [InlineData(TextFeature.Indian, "வண", 2)]
    [InlineData(TextFeature.Thai, "ไทย", 3)]
    [InlineData(TextFeature.RareScript, "ქართ", 4)]
    [InlineData(TextFeature.Marks, "“a” – €°", 5)]
    [InlineData(TextFeature.Kana, "ひらカナ。", 5)]
    [InlineData(TextFeature.Han, "漢字", 2)]
    [InlineData(TextFeature.Hangul, "한국", 2)]
    [InlineData(TextFeature.Astral, "😀𝒜", 2)]
    public void Add_Text_CountsTheFeature(TextFeature feature, string text, int expected)
    {
        Assert.Equal(expected, TextMeasure.Of(Encoding.UTF8.GetBytes(text))[feature]);

        // Wherever the text falls among the blocks of 64 bytes.
        for (int shift = 1; shift <= 70; shift++)
        {
            var space = new string('.', shift) + "\n";
            var shifted = TextMeasure.Of(Encoding.UTF8.GetBytes(space + text));
            var alone = TextMeasure.Of(Encoding.UTF8.GetBytes(space));
            int joined = feature == TextFeature.SpacedNumbers ? 0 : alone[feature];
            Assert.Equal(expected, shifted[feature] - joined);
        }
    }

    [Fact]
    public void Add_TwoTexts_CountsEachByItself()
    {
        var counter = new TextCounter();
        counter.Add("seve"u8);
        counter.Add("nlet"u8);
        var measure = counter.ToMeasure();

        Assert.Equal(2, measure[TextFeature.Words]);
        Assert.Equal(0, measure[TextFeature.LateLetters]);
        Assert.Equal(8, measure.Bytes);
    }

    [Fact]
    public void AddJson_Layout_CountsForNothing()
    {
        var counter = new TextCounter();
        counter.AddJson("{\n    \"a\": 1\n}"u8);
        var measure = counter.ToMeasure();

        Assert.Equal(0, measure[TextFeature.LineBreaks] + measure[TextFeature.Indents] + measure[TextFeature.ExtraSpaces]);
        Assert.Equal(1, measure[TextFeature.Words]);
    }

    [Fact]
    public void Add_AnyBytes_CountsEachByteOnce()
    {
        var random = new Random(7);
        for (int round = 0; round < 2000; round++)
        {
            var bytes = new byte[random.Next(0, 300)];
            random.NextBytes(bytes);
            var measure = TextMeasure.Of(bytes);
            Assert.Equal(bytes.Count(value => char.IsAsciiDigit((char)value)), measure[TextFeature.Digits]);
            Assert.Equal(bytes.Count(value => value < 0x80 && !IsLetterDigitOrSpace(value)), measure[TextFeature.Symbols] + measure[TextFeature.ExtraSymbols]);
            Assert.Equal(bytes.Count(value => value is (byte)'\n' or (byte)'\r'), measure[TextFeature.LineBreaks] + measure[TextFeature.ExtraLineBreaks]);
            Assert.Equal(
                bytes.Count(value => value >= 0xC2),
                Enum.GetValues<TextFeature>().Where(feature => feature >= TextFeature.MarkedLatin).Sum(feature => measure[feature]));
        }
    }

    private static bool IsLetterDigitOrSpace(byte value) => char.IsAsciiLetterOrDigit((char)value) || value is 9 or 10 or 13 or 32;
}
