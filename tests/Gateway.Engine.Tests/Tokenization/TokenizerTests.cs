using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Engine.Tokenization;
using Xunit;

namespace Gateway.Engine.Tests.Tokenization;

public sealed class TokenizerTests
{
    private static readonly string[] Letters = ["a", "b", "c", "ab", "abc", " ", "1", "2", "▁", "ä", "?"];

    [Fact]
    public void Decode_OfEncode_GivesTheTextBack()
    {
        var tokenizer = TokenizerGoldens.Tiny();
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
        {
            var wellFormed = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Get));
            return tokenizer.Decode(tokenizer.Encode(text.Get, AddedTokens.Plain), skipSpecialTokens: false) == wellFormed;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void CreateStreamingDecoder_AnyIds_GivesTheTextOfDecode()
    {
        var tokenizer = TokenizerGoldens.Tiny();
        Prop.ForAll(Gen.Choose(-5, tokenizer.VocabularySize + 5).ArrayOf().ToArbitrary(), ids =>
        {
            var decoder = tokenizer.CreateStreamingDecoder(skipSpecialTokens: true);
            return string.Concat(ids.Select(decoder.Next)) + decoder.Flush() == tokenizer.Decode(ids, skipSpecialTokens: true);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void BytesOf_EncodedText_AreItsUtf8()
    {
        var tokenizer = TokenizerGoldens.Tiny();
        const string Text = "Grüße, 世界 😀!";
        var bytes = tokenizer.Encode(Text, AddedTokens.Plain).SelectMany(id => tokenizer.BytesOf(id).ToArray());
        Assert.Equal(Encoding.UTF8.GetBytes(Text), bytes);
    }

    [Fact]
    public void IdOf_EveryToken_IsItsId()
    {
        var tokenizer = TokenizerGoldens.Tiny();
        for (var id = 0; id < tokenizer.VocabularySize; id++)
        {
            Assert.Equal(id, tokenizer.IdOf(tokenizer.TokenOf(id)!));
        }

        Assert.Null(tokenizer.IdOf("no such token"));
        Assert.Null(tokenizer.TokenOf(-1));
        Assert.Null(tokenizer.TokenOf(int.MaxValue));
        Assert.True(tokenizer.BytesOf(int.MaxValue).IsEmpty);
        Assert.True(tokenizer.IsSpecial(0));
        Assert.False(tokenizer.IsSpecial(tokenizer.IdOf("<think>")!.Value));
    }

    [Fact]
    public void Encode_WithSpecialTokens_AddsTheTemplateOnce()
    {
        var tokenizer = TokenizerGoldens.Tiny();
        var plain = tokenizer.Encode("Hello", AddedTokens.Plain);
        Assert.Equal([0, .. plain], tokenizer.Encode("Hello", AddedTokens.Plain, addSpecialTokens: true));
        Assert.Equal([0], tokenizer.Encode("", AddedTokens.Recognize, addSpecialTokens: true));
        Assert.Equal("<｜begin▁of▁sentence｜>", tokenizer.Config.BosToken);
    }

    [Fact]
    public async Task Encode_ManyThreads_GivesTheSameIds()
    {
        var tokenizer = TokenizerGoldens.Tiny();
        var text = string.Concat(Enumerable.Range(0, 200).Select(i => $"The {i}th line, <think> with ÄÖÜ and 世界.\n"));
        var expected = tokenizer.Encode(text, AddedTokens.Recognize);
        var runs = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => tokenizer.Encode(text, AddedTokens.Recognize))));
        Assert.All(runs, ids => Assert.Equal(expected, ids));
    }

    [Theory]
    [InlineData(' ')]
    [InlineData('a')]
    [InlineData('世')]
    [InlineData('<')]
    public void Encode_MegabyteOfOneCharacter_StaysNearLinear(char character)
    {
        var tokenizer = TokenizerGoldens.Tiny();
        var text = new string(character, 1_000_000);
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, AddedTokens.Recognize), skipSpecialTokens: false));
    }

    [Fact]
    public void Encode_LoneSurrogates_CountAsReplacementCharacters()
    {
        var tokenizer = TokenizerGoldens.Tiny();
        Assert.Equal(tokenizer.Encode("a\uFFFDb\uFFFD", AddedTokens.Plain), tokenizer.Encode("a\uD800b\uDC00", AddedTokens.Plain));
    }

    [Theory]
    [InlineData("""{"type": "Split", "pattern": {"String": "1"}, "behavior": "Isolated"}""", "a|1|1|b")]
    [InlineData("""{"type": "Split", "pattern": {"String": "1"}, "behavior": "Removed"}""", "a|b")]
    [InlineData("""{"type": "Split", "pattern": {"Regex": "[^1]"}, "behavior": "Removed", "invert": true}""", "a|b")]
    [InlineData("""{"type": "Split", "pattern": {"String": "1"}, "behavior": "MergedWithPrevious"}""", "a1|1|b")]
    [InlineData("""{"type": "Split", "pattern": {"String": "1"}, "behavior": "MergedWithNext"}""", "a|1|1b")]
    [InlineData("""{"type": "Split", "pattern": {"String": "1"}, "behavior": "Contiguous"}""", "a|11|b")]
    [InlineData("""{"type": "Digits", "individual_digits": true}""", "a|1|1|b")]
    [InlineData("""{"type": "Digits"}""", "a|11|b")]
    public void Encode_PreTokenizer_SplitsAsNamed(string preTokenizer, string expected)
    {
        var builder = new TokenizerBuilder("?", "a", "1", "b", "11", "a1", "1b", "a11", "a11b", "11b").With("pre_tokenizer", preTokenizer);
        builder.WithModel("ignore_merges", "true").WithModel("unk_token", "\"?\"");
        var tokenizer = builder.Build();
        Assert.Equal(expected, string.Join('|', tokenizer.Encode("a11b", AddedTokens.Plain).Select(tokenizer.TokenOf)));
    }

    [Theory]
    [InlineData(true, "Ġa|Ġ|Ġb")]
    [InlineData(false, "a|Ġ|Ġb")]
    public void Encode_ByteLevelWithRegex_SplitsLikeGpt2(bool addPrefixSpace, string expected)
    {
        var builder = new TokenizerBuilder("a", "b", "Ġ", "Ġa", "Ġb")
            .With("pre_tokenizer", $$"""{"type": "ByteLevel", "add_prefix_space": {{(addPrefixSpace ? "true" : "false")}}, "use_regex": true}""")
            .With("decoder", """{"type": "ByteLevel"}""")
            .WithModel("merges", """["Ġ a", ["Ġ", "b"]]""");
        var tokenizer = builder.Build();
        Assert.Equal(expected, string.Join('|', tokenizer.Encode("a  b", AddedTokens.Plain).Select(tokenizer.TokenOf)));
    }

    [Theory]
    [InlineData("abc", "abc")]
    [InlineData("abab", "ab|ab")]
    [InlineData("cab", "c|ab")]
    public void Encode_Merges_GoInOrderOfRank(string text, string expected)
    {
        var tokenizer = new TokenizerBuilder(Letters).WithModel("merges", """["a b", ["ab", "c"]]""").Build();
        Assert.Equal(expected, string.Join('|', tokenizer.Encode(text, AddedTokens.Plain).Select(tokenizer.TokenOf)));
    }

    [Fact]
    public void Encode_LongPiece_MergesLikeShortOnes()
    {
        var tokenizer = new TokenizerBuilder(Letters).WithModel("merges", """["a b", "ab c"]""").Build();
        var ids = tokenizer.Encode(string.Concat(Enumerable.Repeat("abcabac", 50)), AddedTokens.Plain);
        int[] expected = [.. tokenizer.Encode("abcabac", AddedTokens.Plain)];
        Assert.Equal(Enumerable.Repeat(expected, 50).SelectMany(part => part), ids);
    }

    [Theory]
    [InlineData(false, false, "a|b")]
    [InlineData(true, false, "a|?|?|b")]
    [InlineData(true, true, "a|?|b")]
    public void Encode_UnknownCharacters_VanishOrBecomeUnknown(bool hasUnknown, bool fuse, string expected)
    {
        var builder = new TokenizerBuilder(Letters).WithModel("fuse_unk", fuse ? "true" : "false");
        if (hasUnknown)
        {
            builder.WithModel("unk_token", "\"?\"");
        }

        var tokenizer = builder.Build();
        Assert.Equal(expected, string.Join('|', tokenizer.Encode("a😀éb", AddedTokens.Plain).Select(tokenizer.TokenOf)));
    }

    [Fact]
    public void Encode_SentencePieceStyle_RoundTrips()
    {
        string[] bytes = [.. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>")];
        var tokenizer = new TokenizerBuilder(["a", "b", "▁", "▁a", .. bytes])
            .With("normalizer", """{"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}""")
            .With("decoder", """{"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}""")
            .WithModel("merges", """["▁ a"]""")
            .WithModel("byte_fallback", "true")
            .Build();
        var ids = tokenizer.Encode("a b😀\n", AddedTokens.Plain);
        Assert.Equal("▁a|▁|b|<0xF0>|<0x9F>|<0x98>|<0x80>|<0x0A>", string.Join('|', ids.Select(tokenizer.TokenOf)));
        Assert.Equal("a b😀\n", tokenizer.Decode(ids, skipSpecialTokens: false));
        var decoder = tokenizer.CreateStreamingDecoder(skipSpecialTokens: false);
        Assert.Equal(["a", " ", "b", "", "", "", "😀", "\n"], ids.Select(decoder.Next));
    }

    [Fact]
    public void Encode_NormalizationForm_ComposesBeforeSplitting()
    {
        var tokenizer = new TokenizerBuilder(Letters).With("normalizer", """{"type": "NFC"}""").Build();
        Assert.Equal([9], tokenizer.Encode("a\u0308", AddedTokens.Plain));
        Assert.Equal([9, 9], tokenizer.Encode("a\u0308\uFFFEa\u0308", AddedTokens.Plain));
    }

    [Theory]
    [InlineData("", "a<x>a", "a|<x>|a")]
    [InlineData("lstrip", "a  <x>  a", "a|<x>| | |a")]
    [InlineData("rstrip", "a  <x>  a", "a| | |<x>|a")]
    [InlineData("single_word", "a <x>a", "a| |a")]
    [InlineData("single_word", "a <x> a", "a| |<x>| |a")]
    public void Encode_AddedTokenFlags_AreObeyed(string flag, string text, string expected)
    {
        var builder = new TokenizerBuilder(Letters);
        var tokenizer = (flag.Length == 0 ? builder.Adding(20, "<x>") : builder.Adding(20, "<x>", flag)).Build();
        Assert.Equal(expected, string.Join('|', tokenizer.Encode(text, AddedTokens.Recognize).Select(tokenizer.TokenOf)));
        Assert.Equal(21, tokenizer.VocabularySize);
        Assert.Null(tokenizer.TokenOf(15));
    }

    [Fact]
    public void Encode_OverlappingAddedTokens_TakesLeftmostLongest()
    {
        var tokenizer = new TokenizerBuilder(Letters).Adding(20, "ab").Adding(21, "abc").Adding(22, "bcc").With("model", """{"vocab": {"a": 0, "c": 1}, "merges": []}""").Build();
        Assert.Equal([21, 1], tokenizer.Encode("abcc", AddedTokens.Recognize));
    }

    [Fact]
    public void Encode_NormalizedAddedTokens_AreFoundInTheNormalizedRest()
    {
        var tokenizer = new TokenizerBuilder(Letters).With("normalizer", """{"type": "NFC"}""").Adding(20, "a\u0308", "normalized").Adding(21, "ä1").Build();
        Assert.Equal([20, 21, 20], tokenizer.Encode("a\u0308ä1ä", AddedTokens.Recognize));
    }

    [Fact]
    public void Encode_PostProcessors_PutIdsAroundTheText()
    {
        var template = """{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "S"}}, {"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "E"}}], "special_tokens": {"S": {"ids": [0]}, "E": {"ids": [1, 2]}}}""";
        var tokenizer = new TokenizerBuilder(Letters).With("post_processor", $$"""{"type": "Sequence", "processors": [{"type": "ByteLevel"}, {{template}}]}""").Build();
        Assert.Equal([0, 6, 1, 2], tokenizer.Encode("1", AddedTokens.Plain, addSpecialTokens: true));
        Assert.Equal([6], tokenizer.Encode("1", AddedTokens.Plain));
    }
}
