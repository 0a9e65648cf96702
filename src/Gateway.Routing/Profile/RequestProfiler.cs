using Gateway.Contracts.OpenAI;
using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>Reads what routing depends on from a request.</summary>
public static class RequestProfiler
{
    public static RequestProfile Read(OpenAIRequest request) => new()
    {
        Prompt = TextMeasure.Of(request.Body.Span),
        Needs = request.Choices > 1 ? ModelCapabilities.MultipleChoices : ModelCapabilities.None,
        Choices = request.Choices,
    };
}
