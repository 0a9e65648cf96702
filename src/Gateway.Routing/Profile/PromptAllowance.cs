namespace Gateway.Routing;

/// <summary>Tokens of what cannot be counted as text. Rules of thumb, the same for every family; what providers report corrects them.</summary>
internal static class PromptAllowance
{
    /// <summary>
    /// An image in high detail. OpenAI publishes 85 tokens and 170 for each tile of 512 by 512 pixels, once the shorter side is scaled to 768;
    /// this is a square image: four tiles. The size of an image behind a URL is not known, and one in the request is not decoded.
    /// </summary>
    public const int Image = 765;

    /// <summary>An image with <c>detail: low</c>, by the same rule.</summary>
    public const int ImageInLowDetail = 85;

    /// <summary>A document (PDF): some pages of text, and their pictures.</summary>
    public const int File = 1500;

    /// <summary>
    /// Base64 characters of audio for one token, at ten tokens a second: MP3 with 64 kbit/s has about 1,070, WAV with 24,000 samples of
    /// 16 bits has 6,400. This lies between.
    /// </summary>
    public const int AudioCharactersPerToken = 2000;
}
