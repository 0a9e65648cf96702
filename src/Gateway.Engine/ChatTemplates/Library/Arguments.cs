using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Library;

/// <summary>The arguments of a built-in, each at the position of its parameter, and read as the kind that is needed.</summary>
internal sealed class Arguments(string callee, IReadOnlyList<Value?> bound, CallArguments raw)
{
    /// <summary>The arguments as written, for built-ins that accept any.</summary>
    public CallArguments Raw { get; } = raw;

    public Value? this[int position] => position < bound.Count ? bound[position] : null;

    public bool Flag(int position) => this[position]?.IsTrue ?? false;

    public string Text(int position) => TextOrNull(position) ?? throw Mismatch(position, "a string");

    /// <summary>The string at that position; null when it is missing or none.</summary>
    public string? TextOrNull(int position) => this[position] switch
    {
        null or NoneValue => null,
        StringValue text => text.Text,
        UndefinedValue undefined => throw undefined.Error(),
        _ => throw Mismatch(position, "a string"),
    };

    /// <summary>The integer at that position; <paramref name="missing"/> when it is missing or none.</summary>
    public int Integer(int position, int missing) => this[position] switch
    {
        null or NoneValue => missing,
        UndefinedValue undefined => throw undefined.Error(),
        var value when Numbers.TryInteger(value, out var number) => Numbers.ToInt32Saturated(number),
        _ => throw Mismatch(position, "an integer"),
    };

    private ChatTemplateException Mismatch(int position, string expected) =>
        new($"'{callee}' needs {expected} as argument {position + 1}, not '{this[position]?.TypeName ?? "nothing"}'.");
}
