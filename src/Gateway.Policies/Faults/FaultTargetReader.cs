namespace Gateway.Policies.Validation;

/// <summary>Reads whom a fault strikes.</summary>
internal static class FaultTargetReader
{
    /// <summary>The target, or null when there is no such provider or model, which is then reported.</summary>
    public static FaultTarget? Read(Field provider, Field? model, PolicySnapshot policies)
    {
        if (provider.AsText() is not { } name)
        {
            return null;
        }

        if (policies.FindProvider(name) is not { } known)
        {
            ReportUnknown(provider, name, "provider", policies.Providers.Select(one => one.Name));
            return null;
        }

        if (model is not { } field)
        {
            return new FaultTarget(name, null);
        }

        return field.AsText() is { } wanted ? OfModel(field, known, wanted) : null;
    }

    /// <summary>The same from one text: <c>provider</c> or <c>provider/model</c>.</summary>
    public static FaultTarget? Read(Field field, PolicySnapshot policies) => field.AsText() is { } text ? Read(field, text, policies) : null;

    /// <summary>The same from a part of a text.</summary>
    public static FaultTarget? Read(Field field, string text, PolicySnapshot policies)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (policies.FindProvider(slash < 0 ? text : text[..slash]) is { } provider)
        {
            return slash < 0 ? new FaultTarget(text, null) : OfModel(field, provider, text[(slash + 1)..]);
        }

        var known = policies.Providers.SelectMany(one => one.Models.Select(model => model.QualifiedName).Prepend(one.Name));
        ReportUnknown(field, text, "provider or model", known);
        return null;
    }

    private static FaultTarget? OfModel(Field field, ProviderDefinition provider, string model)
    {
        if (provider.Models.Any(known => known.Name == model))
        {
            return new FaultTarget(provider.Name, model);
        }

        ReportUnknown(field, model, $"model of the provider {Quote.Of(provider.Name)}", provider.Models.Select(known => known.Name));
        return null;
    }

    private static void ReportUnknown(Field field, string name, string what, IEnumerable<string> known)
    {
        var names = known.ToList();
        field.Error(
            $"{Quote.Of(name)} is no {what}.",
            Suggestion.Closest(name, names) is { } meant ? $"Did you mean {Quote.Of(meant)}?" : $"Choose from {string.Join(", ", names)}");
    }
}
