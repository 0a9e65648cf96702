namespace Gateway.Providers.OpenAI;

/// <summary>The answer came in a content coding that was not asked for and cannot be undone. It would come so again.</summary>
internal sealed class UnknownContentCodingException(string coding)
    : HttpRequestException($"The answer has the content coding '{coding}', which was not asked for and is not known.");
