using System.Text.Json;
using Gateway.Engine.ChatTemplates;

namespace Gateway.Engine.Tests.ChatTemplates;

/// <summary>Renders templates from text and JSON, for tests that look at one thing.</summary>
internal static class TemplateRenderer
{
    public static string Render(
        string template, string messages = "[]", string? tools = null, string extra = "{}", Func<string, string>? shield = null) =>
        ChatTemplate.Parse(template).Render(new ChatTemplateInput
        {
            Messages = Json(messages),
            Tools = tools is null ? null : Json(tools),
            Extra = Json(extra).EnumerateObject().ToDictionary(field => field.Name, field => field.Value),
            Now = new DateTimeOffset(2026, 1, 5, 15, 4, 9, TimeSpan.Zero),
            ShieldText = shield,
        });

    public static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 10_000 });
        return document.RootElement.Clone();
    }
}
