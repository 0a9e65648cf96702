using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Gateway.Engine.Constraints.Expressions;

namespace Gateway.Engine.Constraints.Automata;

/// <summary>A number that two grammars share when they are built alike, so that a schema that comes with every request is compiled once.</summary>
internal sealed class GrammarFingerprint
{
    private readonly Dictionary<object, int> _numbers = new(ReferenceEqualityComparer.Instance);
    private readonly BinaryWriter _writer;

    private GrammarFingerprint(Stream stream) => _writer = new BinaryWriter(stream);

    /// <summary>SHA-256 of the grammar's expressions and rules, as hexadecimal digits.</summary>
    /// <exception cref="GrammarException">It is nested too deeply, or a rule is not defined.</exception>
    public static string Of(Grammar grammar)
    {
        using MemoryStream stream = new();
        GrammarFingerprint fingerprint = new(stream);
        fingerprint.Write(grammar);
        fingerprint._writer.Flush();
        return Convert.ToHexString(SHA256.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
    }

    private void Write(Grammar grammar)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new GrammarException("The grammar is nested too deeply.");
        }

        if (!Begin(grammar))
        {
            return;
        }

        switch (grammar)
        {
            case LiteralGrammar literal:
                Mark('l', literal.Bytes.Length);
                _writer.Write(literal.Bytes);
                break;
            case CharactersGrammar characters:
                Mark('c', characters.Set.Ranges.Count());
                foreach (var (first, last) in characters.Set.Ranges)
                {
                    _writer.Write(first);
                    _writer.Write(last);
                }

                break;
            case SequenceGrammar sequence:
                WriteAll('s', sequence.Parts);
                break;
            case ChoiceGrammar choice:
                WriteAll('o', choice.Alternatives);
                break;
            case RepeatGrammar repeat:
                Mark('r', repeat.Min);
                _writer.Write(repeat.Max ?? -1);
                Write(repeat.Body);
                break;
            case TokenGrammar token:
                Mark('t', token.Id);
                break;
            case IntersectionGrammar both:
                WriteAll('i', [both.Left, both.Right]);
                break;
            case DifferenceGrammar difference:
                WriteAll('d', [difference.Allowed, difference.Excluded]);
                break;
            case ReferenceGrammar reference:
                WriteRule(reference.Rule);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(grammar), grammar, "A kind of expression that is not known.");
        }
    }

    private void WriteRule(GrammarRule rule)
    {
        Mark('n', rule.Library is null ? 0 : 1);
        if (!Begin(rule))
        {
            return;
        }

        if (rule.Library is null)
        {
            Write(rule.Body);
        }
        else
        {
            _writer.Write(rule.Name);
        }
    }

    /// <summary>False, with its number written, where it was written before.</summary>
    private bool Begin(object item)
    {
        if (_numbers.TryGetValue(item, out var number))
        {
            Mark('=', number);
            return false;
        }

        _numbers.Add(item, _numbers.Count);
        return true;
    }

    private void WriteAll(char kind, Grammar[] parts)
    {
        Mark(kind, parts.Length);
        Array.ForEach(parts, Write);
    }

    private void Mark(char kind, int number)
    {
        _writer.Write((byte)kind);
        _writer.Write(number);
    }
}
