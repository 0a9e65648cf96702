using Gateway.Contracts.OpenAI;
using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>Makes the profile of a request in one pass over its bytes. What the front door let through never makes it throw.</summary>
public static class RequestProfiler
{
    public static RequestProfile Read(OpenAIRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var body = request.Body.Span;
        using var reader = new BodyReader(body, request.Endpoint);
        reader.Read();
        var question = reader.Question.IsEmpty ? "" : QuestionText.Read(reader.Question);
        int choices = Math.Max(request.Choices, reader.BestOf);
        int answers = (int)Math.Min(int.MaxValue, (long)choices * Math.Max(1, reader.Prompts));
        return new RequestProfile
        {
            Prompt = reader.Prompt(),
            Question = question,
            Needs = reader.Needs
                | (choices > 1 ? ModelCapabilities.MultipleChoices : ModelCapabilities.None)
                | (request.Endpoint == OpenAIEndpoint.Completions ? ModelCapabilities.Completions : ModelCapabilities.None),
            MaxOutputTokens = reader.MaxCompletionTokens ?? reader.MaxTokens,
            Choices = answers,
            Task = reader.Needs.HasFlag(ModelCapabilities.JsonSchema) ? TaskKind.Extraction : TaskCues.Classify(question),
            Fingerprint = StableHash.Of(body),
            PrefixHash = StableHash.Combine(StableHash.Of(request.Model), reader.PrefixHash()),
            PrefixShare = reader.PrefixShare(),
        };
    }
}
