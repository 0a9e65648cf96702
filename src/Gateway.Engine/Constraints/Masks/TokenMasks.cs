using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Gateway.Engine.Constraints.Automata;
using Gateway.Engine.Tokenization;

namespace Gateway.Engine.Constraints.Masks;

/// <summary>
/// What grammars allow in one model's vocabulary: compiled grammars and computed masks, kept for requests to come. For any number of threads.
/// </summary>
internal sealed class TokenMasks
{
    /// <summary>Memory for masks, in bytes: some 3,000 of them for a vocabulary of 128 thousand.</summary>
    private const long MaskBytes = 48 << 20;

    /// <summary>Memory for the parts of masks that belong to states alone, in bytes.</summary>
    private const long StateMaskBytes = 32 << 20;

    /// <summary>States of all grammars that are kept; each takes some 200 bytes.</summary>
    private const int MaxStates = 200_000;

    private readonly int _vocabularySize;
    private readonly Lazy<Vocabulary> _vocabulary;
    private readonly LruCache<string, PushdownAutomaton> _grammars = new(MaxStates);
    private readonly LruCache<StackFrame[], uint[]> _masks = new(MaskBytes, StackFramesComparer.Instance);
    private readonly LruCache<AutomatonState, StateMask> _states = new(StateMaskBytes);
    private readonly ConcurrentBag<MaskBuilder> _builders = [];

    /// <param name="tokenizer">Tells the bytes of tokens; its added tokens are control tokens, which are never text.</param>
    /// <param name="vocabularySize">Ids that the model knows; more or fewer than the tokenizer's.</param>
    public TokenMasks(Tokenizer tokenizer, int vocabularySize)
    {
        _vocabularySize = vocabularySize;
        _vocabulary = new Lazy<Vocabulary>(() => new Vocabulary(tokenizer, vocabularySize));
    }

    /// <summary>32-bit words of a mask.</summary>
    public int WordCount => (_vocabularySize + 31) / 32;

    /// <summary>What the kept masks weigh, in bytes.</summary>
    public long Weight => _masks.Weight + _states.Weight;

    /// <summary>Compiles a grammar, or finds the automaton of one that was built alike.</summary>
    /// <exception cref="GrammarException">It cannot be compiled, or names a token that the model does not have.</exception>
    public PushdownAutomaton Compile(Grammar grammar)
    {
        var fingerprint = GrammarFingerprint.Of(grammar);
        if (!_grammars.TryGet(fingerprint, out var automaton))
        {
            automaton = GrammarCompiler.Compile(grammar);
            foreach (var id in automaton.TokenIds)
            {
                if (id >= _vocabularySize)
                {
                    throw new GrammarException($"The grammar names token {id}; the model knows 0 to {_vocabularySize - 1}.");
                }
            }

            _grammars.Add(fingerprint, automaton, automaton.StateCount);
        }

        // Here nobody else waits for the vocabulary; the engine's loop would hold up all other requests.
        _ = _vocabulary.Value;

        return automaton;
    }

    /// <summary>The text that a token stands for; empty for control tokens and those that no text may consist of.</summary>
    public ReadOnlySpan<byte> TextOf(int id) => _vocabulary.Value.TextOf(id);

    /// <summary>A mask that was computed before.</summary>
    public bool TryGet(ReadOnlySpan<StackFrame> stacks, [MaybeNullWhen(false)] out uint[] mask) => _masks.TryGet(stacks, out mask);

    /// <summary>Computes a mask, one bit per token id that can follow.</summary>
    /// <exception cref="GrammarException">There are too many ways to read the answer.</exception>
    public uint[] Build(ReadOnlySpan<StackFrame> stacks)
    {
        // Others may have wanted the same one in the meantime.
        if (_masks.TryGet(stacks, out var mask))
        {
            return mask;
        }

        if (!_builders.TryTake(out var builder))
        {
            builder = new MaskBuilder(_vocabulary.Value.Trie, WordCount, _states);
        }

        mask = builder.Build(stacks);
        _builders.Add(builder);
        _masks.Add(stacks.ToArray(), mask, ((long)mask.Length * sizeof(uint)) + (stacks.Length * 16L));
        return mask;
    }

    /// <summary>The vocabulary as text; made when the first constrained request comes.</summary>
    private sealed class Vocabulary
    {
        private readonly ReadOnlyMemory<byte>[] _texts;

        public Vocabulary(Tokenizer tokenizer, int size)
        {
            _texts = new ReadOnlyMemory<byte>[size];
            var added = tokenizer.AddedTokenList.Select(token => token.Id).ToHashSet();
            for (var id = 0; id < Math.Min(size, tokenizer.VocabularySize); id++)
            {
                var bytes = tokenizer.BytesOf(id);
                _texts[id] = added.Contains(id) || bytes.Length > TokenTrie.MaxTokenBytes ? default : bytes;
            }

            Trie = new TokenTrie(_texts.Select((bytes, id) => (id, bytes)));
        }

        public TokenTrie Trie { get; }

        public ReadOnlySpan<byte> TextOf(int id) => _texts[id].Span;
    }
}
