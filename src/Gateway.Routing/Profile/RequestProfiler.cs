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
        bool embeds = request.Endpoint == OpenAIEndpoint.Embeddings;
        int choices = Math.Max(request.Choices, reader.BestOf);
        int prompts = Math.Max(1, reader.Prompts);
        int answers = embeds ? 1 : (int)Math.Min(int.MaxValue, (long)choices * prompts);
        var fingerprint = StableHash.Of(body);
        return new RequestProfile
        {
            Prompt = reader.Prompt(),
            Question = question,
            Needs = reader.Needs
                | (choices > 1 ? ModelCapabilities.MultipleChoices : ModelCapabilities.None)
                | EndpointNeed(request.Endpoint),
            MaxOutputTokens = embeds ? 0 : reader.MaxCompletionTokens ?? reader.MaxTokens,
            Choices = answers,
            Prompts = prompts,
            Task = reader.Needs.HasFlag(ModelCapabilities.JsonSchema) ? TaskKind.Extraction : TaskCues.Classify(question),
            Fingerprint = fingerprint,

            // No cache of prompts serves embeddings: there is nothing to stay near to.
            PrefixHash = embeds ? fingerprint : StableHash.Combine(StableHash.Of(request.Model), reader.PrefixHash()),
            PrefixShare = reader.PrefixShare(),
        };
    }

    private static ModelCapabilities EndpointNeed(OpenAIEndpoint endpoint) => endpoint switch
    {
        OpenAIEndpoint.Completions => ModelCapabilities.Completions,
        OpenAIEndpoint.Embeddings => ModelCapabilities.Embeddings,
        _ => ModelCapabilities.None,
    };
}
