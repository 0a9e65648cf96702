using Gateway.Engine.Tokenization;
using Gateway.Engine.Tokenization.Patterns;
using Xunit;

namespace Gateway.Engine.Tests.Tokenization.Patterns;

public sealed class PatternTests
{
    [Theory]
    [InlineData("a", "banana", "a|a|a")]
    [InlineData("an", "banana", "an|an")]
    [InlineData("a|b", "cab", "a|b")]
    [InlineData("ab|a|abc", "abc", "ab")]
    [InlineData("(?:abc|ab)c", "abcc abc", "abcc|abc")]
    [InlineData("[a-c]+", "xabcax", "abca")]
    [InlineData("[^a-c\\s]+", "ab xyz c", "xyz")]
    [InlineData("[a\\-z]+", "a-zb", "a-z")]
    [InlineData("[a-]+", "-a-", "-a-")]
    [InlineData("[a-e&&[^c]]+", "abcde", "ab|de")]
    [InlineData("[a[xy]]+", "axyb", "axy")]
    [InlineData("[\\]\\[]+", "a[]b", "[]")]
    [InlineData("\\x41\\u0042\\x{1F600}", "AB😀", "AB😀")]
    [InlineData("\\r\\n|\\t", "a\r\n\t", "\r\n|\t")]
    [InlineData(".+", "ab\ncd", "ab|cd")]
    [InlineData("\\p{Lu}\\p{Ll}+", "Émile ÑU Ünü", "Émile|Ünü")]
    [InlineData("\\p{L}+", "𐐀𐐨x1", "𐐀𐐨x")]
    [InlineData("\\P{L}+", "ab12cd", "12")]
    [InlineData("\\p{^L}+", "ab12cd", "12")]
    [InlineData("\\p{Han}+", "a漢字かな𠀀", "漢字|𠀀")]
    [InlineData("\\d+", "a12٣b", "12٣")]
    [InlineData("\\w+", "a_1-ä!", "a_1|ä")]
    [InlineData("a{2}", "aaaaa", "aa|aa")]
    [InlineData("a{2,3}", "aaaaa", "aaa|aa")]
    [InlineData("a{,2}b", "aaab", "aab")]
    [InlineData("a{2,}", "a aa aaa", "aa|aaa")]
    [InlineData("(?:ab){2,3}", "abababab", "ababab")]
    [InlineData("(?:ab)+?", "abab", "ab|ab")]
    [InlineData("(?:ab)*c", "ababc c", "ababc|c")]
    [InlineData("(ab|a)+b", "abab", "abab")]
    [InlineData("a+?b", "aaab", "aaab")]
    [InlineData("<.+?>", "<a><b>", "<a>|<b>")]
    [InlineData("<.{1,2}?>", "<abc><ab>", "<ab>")]
    [InlineData("a++b", "aab", "aab")]
    [InlineData("(?:a|ab)++c", "abc ac", "ac")]
    [InlineData("(?>a|ab)c", "abc ac", "ac")]
    [InlineData("x{1,3}+y", "xxxxxy", "xxxxxy")]
    [InlineData("foo(?=bar)", "foobar foo", "foo")]
    [InlineData("foo(?!bar)", "foobar foo", "foo")]
    [InlineData("\\s+(?!\\S)|\\s+", "a   b ", "  | | ")]
    [InlineData("(?i:'S|don)", "DON'T 's 'S 'ſ", "DON|'s|'S|'ſ")]
    [InlineData("(?i:[k-m])+", "KlMK", "KlMK")]
    [InlineData("(?i)σ+", "Σσς", "Σσς")]
    [InlineData("a(?i)b|c", "aB aC", "aB|aC")]
    [InlineData("(?i:a(?-i:b))", "Ab AB", "Ab")]
    [InlineData("^a", "a\na", "a|a")]
    [InlineData("a$", "a\naba", "a|a")]
    [InlineData("\\Aa", "a\na", "a")]
    [InlineData("a\\z", "a\na\n", "")]
    [InlineData("a\\Z", "a\na\n", "a")]
    [InlineData("\\bcat\\b", "cat concat", "cat")]
    [InlineData("\\Bcat", "cat concat", "cat")]
    [InlineData("a|", "ba", "|a")]
    public void FindAll_SupportedSyntax_FindsMatches(string expression, string text, string expected) =>
        Assert.Equal(expected, string.Join('|', Find(expression, text)));

    [Theory]
    [InlineData("(a")]
    [InlineData("a)")]
    [InlineData("[a")]
    [InlineData("[]a]")]
    [InlineData("[z-a]")]
    [InlineData("[[:alpha:]]")]
    [InlineData("*a")]
    [InlineData("a{3,2}")]
    [InlineData("a{99999}")]
    [InlineData("(?<=a)b")]
    [InlineData("(?<name>a)")]
    [InlineData("(a)\\1")]
    [InlineData("\\p{Klingon}")]
    [InlineData("\\p{L")]
    [InlineData("\\u12")]
    [InlineData("\\x{110000}")]
    [InlineData("\\X")]
    [InlineData("\\")]
    [InlineData("(?:a*)*")]
    [InlineData("(?=a)+")]
    [InlineData("(?:(?:(?:a{1000}b){1000}){1000}){1000}")]
    public void Parse_UnsupportedOrMalformed_Throws(string expression) =>
        Assert.Throws<PatternSyntaxException>(() => Pattern.Parse(expression));

    [Fact]
    public void Parse_DeepNesting_Throws()
    {
        Assert.Throws<PatternSyntaxException>(() => Pattern.Parse(new string('(', 100_000)));
        Assert.Throws<PatternSyntaxException>(() => Pattern.Parse(new string('[', 100_000)));
        Assert.Throws<PatternSyntaxException>(() => Pattern.Parse("a" + new string('+', 100_000)));
    }

    // Without the table of failures each of these takes from hours to the age of the universe.
    [Theory]
    [InlineData("\\s+$", ' ', "a", 0)]
    [InlineData("\\s++$", ' ', "a", 0)]
    [InlineData("\\s+?$", ' ', "a", 0)]
    [InlineData("\\s+(?!\\S)|\\s+", ' ', "a", 2)]
    [InlineData("\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+", ' ', "a", 2)]
    [InlineData("(?:a+b?)+c", 'a', "d", 0)]
    [InlineData("(?:a|aa)+c", 'a', "d", 0)]
    [InlineData("(?:a{1,3}){1,3}+c", 'a', "d", 0)]
    [InlineData("[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}]*[\\p{Ll}]+|\\p{L}+", 'A', "1", 1)]
    [InlineData("(?:x+x+)+y", 'x', "", 0)]
    [InlineData("a", 'a', "", 1_000_000)]
    public void FindAll_MegabyteOfOneCharacter_StaysLinear(string expression, char character, string tail, int matches) =>
        Assert.Equal(matches, Find(expression, new string(character, 1_000_000) + tail).Count);

    [Fact]
    public void FindAll_WithTheTableOfFailures_FindsTheSameMatches()
    {
        // The first expression uses the budget up, so that the second half is matched with the table.
        const string Half = "aab ab b abab aabb ";
        var slow = new string('a', 3000) + "d " + Half;
        const string Expression = "(?:a|aa)+c|(?=a+b)(?:a+b?)+|b+(?! )|b";
        var alone = Find(Expression, Half);
        var behind = Find(Expression, slow);
        Assert.Equal(alone, behind[^alone.Count..]);
    }

    private static List<string> Find(string expression, string text)
    {
        List<TextRange> matches = [];
        Pattern.Parse(expression).FindAll(text, matches);
        return [.. matches.Select(match => text.Substring(match.Start, match.Length))];
    }
}
