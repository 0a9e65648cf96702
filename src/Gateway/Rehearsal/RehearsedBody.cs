using System.Text;
using System.Text.Json.Nodes;
using Gateway.Contracts.OpenAI;
using Gateway.Policies;

namespace Gateway.Rehearsal;

/// <summary>The body that the client of a scenario would send.</summary>
internal static class RehearsedBody
{
    /// <summary>A word that most tokenizers take for one token, the space before it included.</summary>
    private const string Filler = " word";

    /// <summary>One pixel.</summary>
    private const string Image =
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    public static OpenAIRequest Of(ScenarioRequest request) =>
        OpenAIRequestReader.Read(OpenAIEndpoint.ChatCompletions, Encoding.UTF8.GetBytes(Json(request).ToJsonString()));

    private static JsonObject Json(ScenarioRequest request)
    {
        var body = new JsonObject { ["model"] = request.Model, ["messages"] = Messages(request), ["stream"] = request.Stream };
        if (request.MaxTokens is { } limit)
        {
            body["max_completion_tokens"] = limit;
        }

        if (request.Needs.HasFlag(ModelCapabilities.Tools))
        {
            body["tools"] = JsonNode.Parse("""[{"type":"function","function":{"name":"look_up","parameters":{"type":"object","properties":{}}}}]""");
        }

        if (request.Needs.HasFlag(ModelCapabilities.JsonSchema))
        {
            body["response_format"] = JsonNode.Parse("""{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"}}}""");
        }
        else if (request.Needs.HasFlag(ModelCapabilities.JsonObject))
        {
            body["response_format"] = JsonNode.Parse("""{"type":"json_object"}""");
        }

        if (request.Needs.HasFlag(ModelCapabilities.Logprobs))
        {
            body["logprobs"] = true;
        }

        return body;
    }

    private static JsonArray Messages(ScenarioRequest request)
    {
        var messages = new JsonArray();
        if (request.PromptTokens is { } tokens)
        {
            messages.Add(new JsonObject { ["role"] = "system", ["content"] = new StringBuilder().Insert(0, Filler, tokens).ToString() });
        }

        JsonNode content = request.Needs.HasFlag(ModelCapabilities.Vision)
            ? new JsonArray(
                new JsonObject { ["type"] = "text", ["text"] = request.Prompt },
                new JsonObject { ["type"] = "image_url", ["image_url"] = new JsonObject { ["url"] = Image } })
            : request.Prompt;
        messages.Add(new JsonObject { ["role"] = "user", ["content"] = content });
        return messages;
    }
}
