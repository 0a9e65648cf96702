namespace Gateway.Routing.Difficulty;

/// <summary>The two forms of a prompt that are judged by weights of their own. The form is read from the text alone.</summary>
public enum PromptForm
{
    /// <summary>No list of options: the answer is free.</summary>
    Open,

    /// <summary>The prompt ends with the options A to D.</summary>
    MultipleChoice,
}
