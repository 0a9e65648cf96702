using System.Runtime.CompilerServices;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Runtime;

/// <summary>
/// What one rendering may use up. A template comes with a checkpoint and is not to be trusted: whatever it does, rendering ends
/// within these bounds, which honest templates stay far below.
/// </summary>
internal sealed class RenderBudget
{
    /// <summary>Evaluated expressions and statements, plus a share for each string or list that an operation has to walk.</summary>
    public const long MaxSteps = 20_000_000;

    /// <summary>Characters of all strings made on the way (128 MB), whether they are kept or not.</summary>
    public const long MaxCharacters = 64L << 20;

    /// <summary>Expressions, statements and macro calls within each other.</summary>
    public const int MaxDepth = 1000;

    // What one element of a list costs, in characters: its reference and its part of the object that it refers to.
    private const int CharactersPerItem = 16;

    // A vectorised walk covers about this many characters in the time of one step.
    private const int CharactersPerStep = 256;

    private const int CharactersPerHashStep = 16;

    private long _steps;
    private long _characters;
    private int _depth;

    public void Enter()
    {
        Step(1);
        if (++_depth > MaxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new ChatTemplateException(
                $"expressions, blocks and macro calls nest deeper than {MaxDepth} levels (endless recursion?).");
        }
    }

    public void Leave() => _depth--;

    public void Step(long count)
    {
        _steps += count;
        if (_steps > MaxSteps)
        {
            throw new ChatTemplateException($"rendering takes more than {MaxSteps} steps.");
        }
    }

    /// <summary>Accounts for a walk over that many characters.</summary>
    public void Walk(long characters) => Step(characters / CharactersPerStep);

    /// <summary>Accounts for a walk over a value, one level deep.</summary>
    public void Walk(Value value)
    {
        switch (value)
        {
            case StringValue text:
                Walk(text.Text.Length);
                break;
            case SequenceValue sequence:
                Step(sequence.Items.Count);
                break;
            case DictValue dict:
                Step(dict.Entries.Count);
                break;
        }
    }

    /// <summary>Accounts for looking up a key, whose hash takes its characters one by one.</summary>
    public void Hash(Value key) => Step(key is StringValue text ? text.Text.Length / CharactersPerHashStep : 0);

    /// <summary>Accounts for a search, whose worst case is the product of both lengths.</summary>
    public void Search(int textLength, int patternLength) => Step((long)textLength * patternLength / (CharactersPerStep * 4));

    /// <summary>Accounts for a string about to be made.</summary>
    public void Allocate(long characters)
    {
        Walk(characters);
        _characters += characters;
        if (_characters > MaxCharacters)
        {
            throw new ChatTemplateException($"rendering makes more than {MaxCharacters} characters of text.");
        }
    }

    /// <summary>Accounts for a list or dict about to be made.</summary>
    public void AllocateItems(long count)
    {
        Step(count);
        Allocate(count * CharactersPerItem);
    }
}
