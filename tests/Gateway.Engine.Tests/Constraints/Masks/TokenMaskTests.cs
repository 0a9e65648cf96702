using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Gateway.Engine.Constraints;
using Gateway.Engine.Constraints.Automata;
using Gateway.Engine.Constraints.Masks;
using Gateway.Engine.Tests.Tokenization;
using Gateway.Engine.Tokenization;
using Xunit;

namespace Gateway.Engine.Tests.Constraints.Masks;

public sealed class TokenMaskTests
{
    private const string Schema = """
        {"type":"object","properties":{
            "name":{"type":"string"},
            "short":{"type":"string","maxLength":70},
            "tag":{"type":"string","pattern":"^[a-zäöü]+( [a-z]+)*$"},
            "age":{"type":"integer","minimum":0,"maximum":150},
            "list":{"type":"array","items":{"anyOf":[{"$ref":"#"},{"type":"number"}]}},
            "any":{}},
         "required":["name"],"additionalProperties":{"type":"null"}}
        """;

    private const string Document = """
        {"name": "Zoë \"x\" 你好","short":"abc déf","tag":"wörter mit leer","age": 42,
          "list": [1.5, {"name": ""}, {"name":"n","list":[]}],"any":{"k": [true]},"other":null}
        """;

    public static TheoryData<string, string> Tokenizers => TokenizerGoldens.Theory();

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void Build_EveryPlaceOfADocument_IsWhatEachTokenAloneWouldTell(string root, string name)
    {
        var tokenizer = TokenizerGoldens.Get(root, name);
        TokenMasks masks = new(tokenizer, tokenizer.VocabularySize + 3);
        var automaton = masks.Compile(Grammar.FromJsonSchema(JsonElement.Parse(Schema)));
        var text = Encoding.UTF8.GetBytes(Document);

        // Large vocabularies at fewer places: each token is read byte by byte.
        var step = tokenizer.VocabularySize > 10_000 ? 9 : 1;
        for (var length = 0; length <= text.Length; length += step)
        {
            AssertMask(masks, tokenizer, automaton, text.AsSpan(..length));
        }
    }

    [Fact]
    public void Build_CountsFarFromTheirLimits_ShareAMask()
    {
        var tokenizer = TokenizerGoldens.Tiny();
        TokenMasks masks = new(tokenizer, tokenizer.VocabularySize);
        var automaton = masks.Compile(Grammar.FromJsonSchema(JsonElement.Parse("""{"type":"string","minLength":200,"maxLength":100000}""")));
        List<int> keys = [];
        foreach (var length in (int[])[1, 100, 151, 152, 190, 199, 200, 201, 5_000, 99_000, 99_951, 99_952, 99_990, 99_999, 100_000])
        {
            var text = Encoding.UTF8.GetBytes("\"" + new string('x', length));
            AssertMask(masks, tokenizer, automaton, text);
            keys.Add(StackFramesComparer.Instance.GetHashCode(CollectionsMarshal.AsSpan(Written(automaton, text))));
        }

        Assert.Equal(keys[0], keys[1]);
        Assert.Equal(keys[7], keys[8]);
        Assert.Equal(keys[8], keys[9]);
        Assert.Equal(keys.Count, keys.Distinct().Count() + 4);
    }

    [Fact]
    public void Build_NearTheDeepestNesting_AllowsOnlyWhatCanBeTaken()
    {
        var tokenizer = TokenizerGoldens.Tiny();
        TokenMasks masks = new(tokenizer, tokenizer.VocabularySize);
        var automaton = masks.Compile(Grammar.FromJsonSchema(JsonElement.Parse("""{"type":"array"}""")));
        for (var depth = 60; depth <= StackTable.MaxDepth; depth += 4)
        {
            AssertMask(masks, tokenizer, automaton, Encoding.UTF8.GetBytes(new string('[', depth)));
        }
    }

    [Fact]
    public void Build_ControlTokens_AreAllowedOnlyByName()
    {
        var tokenizer = TokenizerGoldens.Tiny();
        var control = tokenizer.AddedTokenList[0].Id;
        TokenMasks masks = new(tokenizer, tokenizer.VocabularySize);
        var free = masks.Build(CollectionsMarshal.AsSpan(Written(masks.Compile(Grammar.AnyText), [])));
        Assert.All(tokenizer.AddedTokenList, token => Assert.False(Has(free, token.Id)));
        var named = masks.Build(CollectionsMarshal.AsSpan(Written(masks.Compile(Grammar.Sequence(Grammar.AnyText, Grammar.Token(control))), [])));
        Assert.True(Has(named, control));
        Assert.Equal(control, Assert.Single(Enumerable.Range(0, tokenizer.VocabularySize), id => Has(named, id) && !Has(free, id)));
    }

    [Fact]
    public void Compile_TokenBeyondTheModel_IsRefused()
    {
        var tokenizer = TokenizerGoldens.Tiny();
        TokenMasks masks = new(tokenizer, tokenizer.VocabularySize);
        Assert.Throws<GrammarException>(() => masks.Compile(Grammar.Token(tokenizer.VocabularySize)));
    }

    [Fact]
    public void Compile_GrammarBuiltAlike_IsCompiledOnce()
    {
        TokenMasks masks = new(TokenizerGoldens.Tiny(), 600);
        var schema = JsonElement.Parse(Schema);
        Assert.Same(masks.Compile(Grammar.FromJsonSchema(schema)), masks.Compile(Grammar.FromJsonSchema(schema)));
    }

    [Fact]
    public void LruCache_MoreThanItHolds_ForgetsWhatWasUsedLongestAgo()
    {
        LruCache<string, int> cache = new(10);
        cache.Add("a", 1, 4);
        cache.Add("b", 2, 4);
        Assert.True(cache.TryGet("a", out _));
        cache.Add("c", 3, 4);
        Assert.False(cache.TryGet("b", out _));
        Assert.True(cache.TryGet("a", out var a) && a == 1);
        Assert.Equal(8, cache.Weight);
        cache.Add("d", 4, 100);
        Assert.True(cache.TryGet("d", out _));
        Assert.Equal(100, cache.Weight);
    }

    private static void AssertMask(TokenMasks masks, Tokenizer tokenizer, PushdownAutomaton automaton, ReadOnlySpan<byte> text)
    {
        var mask = masks.Build(CollectionsMarshal.AsSpan(Written(automaton, text)));
        StackTable stacks = new();
        var current = automaton.Read(stacks, text);
        StackSet one = new(), other = new();
        var added = tokenizer.AddedTokenList.Select(token => token.Id).ToHashSet();
        for (var id = 0; id < tokenizer.VocabularySize; id++)
        {
            var bytes = tokenizer.BytesOf(id).Span;
            var isAllowed = bytes.Length is > 0 and <= TokenTrie.MaxTokenBytes && !added.Contains(id);
            for (var i = 0; i < bytes.Length && isAllowed; i++)
            {
                stacks.Step(i == 0 ? current : other, bytes[i], one);
                (one, other) = (other, one);
                isAllowed = !other.IsDead;
            }

            Assert.True(isAllowed == Has(mask, id), $"{tokenizer.TokenOf(id)} behind {Encoding.UTF8.GetString(text)}");
        }

        Assert.False(Has(mask, mask.Length * 32 - 1) && tokenizer.VocabularySize < mask.Length * 32);
    }

    private static List<StackFrame> Written(PushdownAutomaton automaton, ReadOnlySpan<byte> text)
    {
        StackTable stacks = new();
        List<StackFrame> frames = [];
        stacks.Write(automaton.Read(stacks, text), TokenTrie.MaxTokenBytes, frames);
        return frames;
    }

    private static bool Has(uint[] mask, int id) => (mask[id / 32] >> (id % 32) & 1) != 0;
}
