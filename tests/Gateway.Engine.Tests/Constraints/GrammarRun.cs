using System.Text;
using Gateway.Engine.Constraints;
using Gateway.Engine.Constraints.Automata;

namespace Gateway.Engine.Tests.Constraints;

/// <summary>Short forms for driving an automaton.</summary>
internal static class GrammarRun
{
    public static bool Accepts(this Grammar grammar, string text) => GrammarCompiler.Compile(grammar).Accepts(Encoding.UTF8.GetBytes(text));

    /// <summary>The stacks behind a text; dead where it is no beginning of what the grammar describes.</summary>
    public static StackSet Read(this PushdownAutomaton automaton, StackTable stacks, ReadOnlySpan<byte> text)
    {
        StackSet current = new(), next = new();
        stacks.Begin(automaton.Root, current);
        foreach (var value in text)
        {
            stacks.Step(current, value, next);
            (current, next) = (next, current);
        }

        return current;
    }

    /// <summary>A text that the automaton describes, found by going wherever it lets one; null where it was not at an end by then.</summary>
    /// <param name="automaton">Where to go.</param>
    /// <param name="random">Chooses the way, ends of strings and of values more often than others.</param>
    /// <param name="maxBytes">When to give up.</param>
    /// <param name="often">A text that is gone along now and then, where the automaton lets it; null for none.</param>
    public static string? RandomText(this PushdownAutomaton automaton, Random random, int maxBytes = 2_000, string? often = null)
    {
        StackTable stacks = new();
        StackSet current = new(), next = new();
        List<byte> text = [];
        stacks.Begin(automaton.Root, current);
        while (text.Count < maxBytes)
        {
            if (current.IsAccepting && (current.Tops.Count == 0 || random.Next(6) == 0))
            {
                return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString([.. text]);
            }

            foreach (var value in often is not null && random.Next(12) == 0 && Path(stacks, current, often) is { } path ? path : [RandomByte(stacks, current, random)])
            {
                text.Add(value);
                stacks.Step(current, value, next);
                (current, next) = (next, current);
            }
        }

        return null;
    }

    /// <summary>The bytes of a text; null where the automaton does not let one go along it.</summary>
    private static byte[]? Path(StackTable stacks, StackSet start, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        StackSet current = new(), next = new();
        stacks.Step(start, bytes[0], current);
        foreach (var value in bytes.Skip(1))
        {
            stacks.Step(current, value, next);
            (current, next) = (next, current);
        }

        return current.Tops.Count > 0 ? bytes : null;
    }

    private static byte RandomByte(StackTable stacks, StackSet current, Random random)
    {
        List<byte> choices = [];
        foreach (var top in current.Tops)
        {
            foreach (var edge in stacks.StateOf(top).Bytes)
            {
                for (int value = edge.First; value <= edge.Last; value++)
                {
                    choices.AddRange(Enumerable.Repeat((byte)value, (char)value is '"' or '}' or ']' ? 40 : (char)value is '{' or '[' or '\\' ? 1 : 3));
                }
            }
        }

        return choices[random.Next(choices.Count)];
    }
}
