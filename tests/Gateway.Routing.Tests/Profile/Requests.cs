using System.Text;
using System.Text.Json;
using Gateway.Contracts.OpenAI;

namespace Gateway.Routing.Tests.Profile;

/// <summary>Requests as the front door hands them on: whatever it lets through.</summary>
internal static class Requests
{
    public static RequestProfile Profile(string body, OpenAIEndpoint endpoint = OpenAIEndpoint.ChatCompletions) =>
        RequestProfiler.Read(OpenAIRequestReader.Read(endpoint, Encoding.UTF8.GetBytes(body)));

    /// <param name="messages">Members of the messages array.</param>
    /// <param name="more">Further members of the body, each with a comma in front.</param>
    public static RequestProfile Chat(string messages, string more = "") => Profile($$"""{"model":"auto","messages":[{{messages}}]{{more}}}""");

    /// <param name="prompt">JSON.</param>
    /// <param name="more">Further members of the body, each with a comma in front.</param>
    public static RequestProfile Completion(string prompt, string more = "") =>
        Profile($$"""{"model":"auto","prompt":{{prompt}}{{more}}}""", OpenAIEndpoint.Completions);

    public static string Message(string role, string text) => $$"""{"role":"{{role}}","content":{{JsonSerializer.Serialize(text)}}}""";
}
