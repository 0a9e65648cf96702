namespace Gateway.Policies;

/// <summary>What a model can do beyond a plain chat completion. A set that is closed: the file may name no others.</summary>
[Flags]
public enum ModelCapabilities
{
    None = 0,

    /// <summary><c>tools</c>: function calling.</summary>
    Tools = 1 << 0,

    /// <summary><c>vision</c>: images in messages.</summary>
    Vision = 1 << 1,

    /// <summary><c>audio</c>: audio in messages or in the answer.</summary>
    Audio = 1 << 2,

    /// <summary><c>json_schema</c>: <c>response_format</c> with a schema that the answer obeys, or <c>structured_outputs</c>.</summary>
    JsonSchema = 1 << 3,

    /// <summary><c>json_object</c>: <c>response_format</c> that promises some JSON object.</summary>
    JsonObject = 1 << 4,

    /// <summary><c>logprobs</c>: log probabilities of the answer's tokens.</summary>
    Logprobs = 1 << 5,

    /// <summary><c>reasoning</c>: thinks before it answers; takes <c>reasoning_effort</c>.</summary>
    Reasoning = 1 << 6,

    /// <summary><c>n</c>: several choices for one request.</summary>
    MultipleChoices = 1 << 7,

    /// <summary><c>completions</c>: plain text in and out at <c>/completions</c>, without a chat template.</summary>
    Completions = 1 << 8,

    /// <summary><c>embeddings</c>: texts to vectors at <c>/embeddings</c>.</summary>
    Embeddings = 1 << 9,
}
