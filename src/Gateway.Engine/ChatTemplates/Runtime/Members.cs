using Gateway.Engine.ChatTemplates.Library;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Runtime;

/// <summary>
/// <c>subject.name</c> and <c>subject[key]</c>. The first prefers methods over dict keys, the second the other way round, as in
/// Jinja. What does not exist is undefined; only looking into undefined is an error.
/// </summary>
internal static class Members
{
    public static Value Attribute(Value subject, string name)
    {
        if (subject is UndefinedValue undefined)
        {
            throw undefined.Error();
        }

        return Method(subject, name) ?? Field(subject, name) ?? Missing(subject, name);
    }

    public static Value Item(Value subject, Value key)
    {
        switch (subject, key)
        {
            case (UndefinedValue undefined, _):
                throw undefined.Error();
            case (DictValue dict, _) when dict.TryGet(key, out var value):
                return value;
            case (SequenceValue sequence, _) when Numbers.TryInteger(key, out var index):
                return At(sequence.Items, Numbers.ToInt32Saturated(index)) ?? Missing(subject, $"element {index}");
            case (StringValue text, _) when Numbers.TryInteger(key, out var index):
                return Character(text.Text, Numbers.ToInt32Saturated(index)) ?? Missing(subject, $"element {index}");
            case (_, StringValue name):
                return Field(subject, name.Text) ?? Method(subject, name.Text) ?? Missing(subject, name.Text);
            case (_, UndefinedValue undefinedKey):
                throw undefinedKey.Error();
            default:
                return new UndefinedValue($"a '{subject.TypeName}' has no element that a '{key.TypeName}' names");
        }
    }

    private static Value? Field(Value subject, string name) => subject switch
    {
        DictValue dict when dict.TryGet(new StringValue(name), out var value) => value,
        NamespaceValue fields when fields.TryGet(name, out var value) => value,
        LoopValue loop => loop.Find(name),
        _ => null,
    };

    private static Value? Method(Value subject, string name) =>
        Methods.Of(subject).TryGetValue(name, out var method) ? new BuiltinValue(method, subject) : null;

    private static Value? At(IReadOnlyList<Value> items, int index)
    {
        var position = index < 0 ? (long)index + items.Count : index;
        return position >= 0 && position < items.Count ? items[(int)position] : null;
    }

    private static Value? Character(string text, int index)
    {
        if (PythonString.HasSurrogates(text))
        {
            var points = PythonString.CodePoints(text);
            var point = index < 0 ? (long)index + points.Count : index;
            return point >= 0 && point < points.Count ? new StringValue(points[(int)point]) : null;
        }

        var position = index < 0 ? (long)index + text.Length : index;
        return position >= 0 && position < text.Length ? new StringValue(text[(int)position].ToString()) : null;
    }

    private static UndefinedValue Missing(Value subject, string name) => new(
        Methods.Mutating.Contains(name) && subject is SequenceValue or DictValue
            ? $"'{name}' would change a '{subject.TypeName}', which a chat template may not; build a new one"
            : $"a '{subject.TypeName}' has no '{name}'");
}
