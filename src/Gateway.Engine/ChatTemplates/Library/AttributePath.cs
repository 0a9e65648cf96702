using System.Globalization;
using System.Numerics;
using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Library;

/// <summary>The <c>attribute</c> argument of filters: a name, a position, or several joined by dots, e.g. <c>function.name</c>.</summary>
internal static class AttributePath
{
    public static Value Get(Value subject, Value path, RenderBudget budget)
    {
        if (path is not StringValue text)
        {
            return Members.Item(subject, path);
        }

        budget.Allocate(text.Text.Length);
        var found = subject;
        foreach (var part in text.Text.Split('.'))
        {
            budget.Step(1);
            var isPosition = BigInteger.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var position);
            found = Members.Item(found, isPosition ? new IntegerValue(position) : new StringValue(part));
        }

        return found;
    }
}
