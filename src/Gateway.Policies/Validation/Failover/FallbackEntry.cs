namespace Gateway.Policies.Validation;

/// <summary>One who takes over: a model, or a route with all of its candidates. Exactly one of the two is not null.</summary>
internal readonly record struct FallbackEntry(Field At, ModelCard? Model, DeclaredRoute? Route)
{
    /// <summary>The entry, or null when the name is not known, which is then reported, or names something that has errors of its own.</summary>
    public static FallbackEntry? Read(string name, Field field, DeclaredProviders? providers, DeclaredRoutes? routes)
    {
        // Routes have no slash in their names, qualified names of models always have one.
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return providers?.FindModel(name, field) is { } card ? new FallbackEntry(field, card, null) : null;
        }

        if (routes is null || routes.Names.Contains(name))
        {
            return routes?.Find(name) is { } route ? new FallbackEntry(field, null, route) : null;
        }

        var meant = Suggestion.Closest(name, routes.Names)
            ?? providers?.Models.Keys.FirstOrDefault(known => known.EndsWith($"/{name}", StringComparison.Ordinal));
        field.Error(
            $"{Quote.Of(name)} is no route of {PolicyFiles.Routes}, and for a model its provider is missing.",
            meant is not null ? $"Did you mean {Quote.Of(meant)}?" : "Write provider/model, or the name of a route");
        return null;
    }
}
