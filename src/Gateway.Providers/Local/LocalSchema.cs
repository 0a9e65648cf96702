using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Engine.Constraints;
using Gateway.Engine.Dialogue;

namespace Gateway.Providers.Local;

/// <summary>Makes grammars of what a request asks for; errors name the place in the request, down into the schema.</summary>
internal static class LocalSchema
{
    /// <summary>The documents that a JSON Schema allows.</summary>
    /// <param name="schema">A schema.</param>
    /// <param name="isStrict">Whether all of it must be enforced; else what cannot be is left out.</param>
    /// <param name="place">Where it stands in the request.</param>
    /// <exception cref="GatewayException">The schema is malformed, or, when strict, asks for what cannot be enforced.</exception>
    public static Grammar OfDocument(JsonElement schema, bool isStrict, string place) => At(place, () => Grammar.FromJsonSchema(schema, isStrict));

    /// <summary>The arguments that a function takes: always an object.</summary>
    /// <param name="parameters">Their schema; null for a function that takes none.</param>
    /// <param name="isStrict">Whether all of it must be enforced; else what cannot be is left out.</param>
    /// <param name="place">Where it stands in the request.</param>
    /// <exception cref="GatewayException">The schema is malformed, or, when strict, asks for what cannot be enforced.</exception>
    public static ToolArguments OfArguments(JsonElement? parameters, bool isStrict, string place)
    {
        if (parameters is not { } schema)
        {
            return ToolArguments.None;
        }

        if (!schema.TryGetProperty("type", out _))
        {
            var members = schema.EnumerateObject().DistinctBy(member => member.Name).ToDictionary(member => member.Name, member => member.Value);
            if (members.Count == 0)
            {
                return ToolArguments.Any;
            }

            members["type"] = JsonElement.Parse("\"object\"");
            schema = JsonSerializer.SerializeToElement(members);
        }

        return At(place, () => ToolArguments.FromJsonSchema(schema, isStrict));
    }

    /// <summary>The texts that a regular expression matches.</summary>
    /// <param name="pattern">The expression.</param>
    /// <param name="place">Where it stands in the request.</param>
    /// <exception cref="GatewayException">The expression is malformed, or uses what no automaton can do.</exception>
    public static Grammar OfRegex(string pattern, string place) => At(place, () => Grammar.FromRegex(pattern));

    private static T At<T>(string place, Func<T> build)
    {
        try
        {
            return build();
        }
        catch (JsonSchemaException exception)
        {
            throw new GatewayException(ErrorCode.CallerInvalidField, $"'{place}': {exception.Message}", place + exception.Pointer);
        }
        catch (GrammarException exception)
        {
            throw new GatewayException(ErrorCode.CallerInvalidField, $"'{place}': {exception.Message}", place);
        }
    }
}
