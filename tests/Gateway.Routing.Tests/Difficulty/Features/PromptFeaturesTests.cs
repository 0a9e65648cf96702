using Gateway.Routing.Difficulty;
using Gateway.Routing.Difficulty.Features;
using Xunit;

namespace Gateway.Routing.Tests.Difficulty.Features;

public sealed class PromptFeaturesTests
{
    [Fact]
    public void TryRead_WordsNumbersAndSymbols_AreCut()
    {
        const string text = " Don't pay $1,250.50 for O'Neill's é! 3.";
        var tokens = Read(text);

        Assert.Equal(
            ["Don't", "pay", "$", "1,250.50", "for", "O'Neill's", "é", "!", "3", "."],
            tokens.Select(token => text.Substring(token.Start, token.Length)));
        Assert.Equal(1250.5, tokens[3].Value, 9);
        Assert.True(tokens[0].IsCapitalized);
        Assert.True(tokens[6].IsForeign);
        Assert.Equal(TermHash.OfWord("don't"), tokens[0].Hash);
        Assert.Equal(Read("12")[0].Hash, Read("99")[0].Hash);
        Assert.NotEqual(Read("12")[0].Hash, Read("123")[0].Hash);
    }

    [Fact]
    public void TryRead_NumberOfManyDigits_IsBounded() =>
        Assert.Equal(TextLexer.LargestNumber, Read(new string('9', 5000))[0].Value);

    [Theory]
    [InlineData("Which?\nA. one\nB. two\nC. three\nD. four\nAnswer:", PromptForm.MultipleChoice)]
    [InlineData("Which?\nA) one\nB) two\nC) three\nD) four", PromptForm.MultipleChoice)]
    [InlineData("Which?\nA. one\nB. two\nC. three", PromptForm.Open)]
    [InlineData("Which?\nD. one\nC. two\nB. three\nA. four", PromptForm.Open)]
    [InlineData("", PromptForm.Open)]
    public void Find_Options_TellTheForm(string prompt, PromptForm expected) => Assert.Equal(expected, PromptLayout.Find(prompt).Form);

    [Fact]
    public void OptionAt_Positions_AreTheOptionsTexts()
    {
        const string prompt = "Which?\nA. one\nB. two\nC. three\nD. four\nAnswer:";
        var layout = PromptLayout.Find(prompt);

        Assert.Equal(-1, layout.OptionAt(0));
        Assert.Equal(0, layout.OptionAt(prompt.IndexOf("one", StringComparison.Ordinal)));
        Assert.Equal(-1, layout.OptionAt(prompt.IndexOf("B.", StringComparison.Ordinal)));
        Assert.Equal(2, layout.OptionAt(prompt.IndexOf("three", StringComparison.Ordinal)));
        Assert.Equal(3, layout.OptionAt(prompt.IndexOf("four", StringComparison.Ordinal)));
        Assert.Equal(-1, layout.OptionAt(prompt.IndexOf("Answer", StringComparison.Ordinal)));
    }

    [Fact]
    public void Read_RepeatedTerm_IsWeighedByTheLogOfItsCount()
    {
        var vocabulary = new Vocabulary([.. new[] { TermHash.OfWord("cat"), TermHash.OfWord("dog") }.Order()], [2, 2]);
        var dense = new float[DenseFeatures.Count];

        using var features = PromptFeatures.Read(vocabulary, "cat cat dog bird", dense);

        Assert.Equal(2, features.Terms.Length);
        float ratio = features.Values[0] / features.Values[1];
        Assert.Equal(1 + Math.Log(2), ratio, 5);
        Assert.Equal(1, (features.Values[0] * features.Values[0]) + (features.Values[1] * features.Values[1]), 5);
        Assert.All(dense, value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Find_EveryTermOfALargeVocabulary_IsFound()
    {
        var random = new Random(2);
        uint[] hashes = [.. Enumerable.Range(0, 5000).Select(_ => (uint)random.NextInt64(uint.MaxValue)).Append(0u).Append(uint.MaxValue).Distinct().Order()];
        var vocabulary = new Vocabulary(hashes, new float[hashes.Length]);

        Assert.All(hashes, (hash, term) => Assert.Equal(term, vocabulary.Find(hash)));
        Assert.Equal(-1, vocabulary.Find(hashes[17] + 1 == hashes[18] ? hashes[18] + 1 : hashes[17] + 1));
    }

    private static List<TextToken> Read(string text)
    {
        var tokens = new List<TextToken>();
        var lexer = new TextLexer(text);
        while (lexer.TryRead(out var token))
        {
            tokens.Add(token);
        }

        return tokens;
    }
}
