using System.Collections.Frozen;
using System.Numerics;
using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Library;

/// <summary>The functions that every chat template can call, beside its own macros.</summary>
internal static class GlobalFunctions
{
    /// <summary>The longest range, as in Jinja's sandbox.</summary>
    private const int MaxRange = 100_000;

    public static FrozenDictionary<string, Builtin> All { get; } = new Builtin[]
    {
        new("range", ["start", "stop?", "step?"], Range),
        new("namespace", ["*"], (_, arguments, _) => new NamespaceValue(Fields(arguments))),
        new("dict", ["*"], (_, arguments, context) => Dict(arguments, context)),
        new("raise_exception", ["message"], (_, arguments, context) =>
            throw new ChatTemplateException(PythonText.Str(arguments[0]!, context.Budget))),
        new("strftime_now", ["format"], (_, arguments, context) => Now(arguments.Text(0), context)),
    }.ToFrozenDictionary(function => function.Name, StringComparer.Ordinal);

    private static ListValue Range(Value subject, Arguments arguments, RenderContext context)
    {
        var first = Integer(arguments, 0)!.Value;
        var (start, stop) = Integer(arguments, 1) is { } given ? (first, given) : (BigInteger.Zero, first);
        var step = Integer(arguments, 2) ?? BigInteger.One;
        if (step.IsZero)
        {
            throw new ChatTemplateException("the step of a range must not be 0.");
        }

        var count = (stop - start + step - step.Sign) / step;
        if (count > MaxRange)
        {
            throw new ChatTemplateException($"a range may have at most {MaxRange} elements, not {count}.");
        }

        var length = count.Sign < 0 ? 0 : (int)count;
        context.Budget.AllocateItems(length);
        return new ListValue([.. Enumerable.Range(0, length).Select(i => new IntegerValue(start + (i * step)))]);
    }

    private static BigInteger? Integer(Arguments arguments, int position) => arguments[position] switch
    {
        null => null,
        UndefinedValue undefined => throw undefined.Error(),
        var value when Numbers.TryInteger(value, out var number) => number,
        var value => throw new ChatTemplateException($"'range' needs integers, not '{value.TypeName}'."),
    };

    private static Dictionary<string, Value> Fields(Arguments arguments)
    {
        var fields = new Dictionary<string, Value>(StringComparer.Ordinal);
        foreach (var positional in arguments.Raw.Positional)
        {
            if (positional is not DictValue dict)
            {
                throw new ChatTemplateException($"'namespace' takes name=value arguments or a dict, not '{positional.TypeName}'.");
            }

            foreach (var (key, value) in dict.Entries)
            {
                fields[(key as StringValue)?.Text ?? throw new ChatTemplateException(
                    "the fields of a namespace have strings as names.")] = value;
            }
        }

        foreach (var (name, value) in arguments.Raw.Named)
        {
            fields[name] = value;
        }

        return fields;
    }

    private static DictValue Dict(Arguments arguments, RenderContext context)
    {
        var fields = Fields(arguments);
        context.Budget.AllocateItems(fields.Count);
        return new DictValue([.. fields.Select(field => KeyValuePair.Create<Value, Value>(new StringValue(field.Key), field.Value))]);
    }

    private static StringValue Now(string format, RenderContext context)
    {
        // No directive writes more than 24 characters for its two.
        context.Budget.Allocate(12L * format.Length);
        return new StringValue(Strftime.Format(format, context.Now));
    }
}
