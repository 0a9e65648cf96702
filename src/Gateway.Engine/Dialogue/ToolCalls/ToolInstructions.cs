using Gateway.Engine.ChatTemplates;

namespace Gateway.Engine.Dialogue.ToolCalls;

/// <summary>
/// What a model is told of the tools when its chat template does not tell it: chat templates themselves, so that marks are the tokens that they
/// are in the model's own answers, and what a client wrote is plain text.
/// </summary>
internal static class ToolInstructions
{
    private const string Functions =
        """
        {%- for tool in tools %}
        {{- '### ' + tool.function.name }}
        {{- '\nDescription: ' + (tool.function.description or '') }}
        {{- '\n\nParameters: ' + (tool.function.parameters or {}) | tojson + '\n\n' }}
        {%- endfor %}
        """;

    /// <summary>The wording of DeepSeek-V3.1's model card.</summary>
    private const string DeepSeekV31 =
        """
        {{- '## Tools\nYou have access to the following tools:\n\n' }}
        """ + Functions +
        """
        {{- 'IMPORTANT: ALWAYS adhere to this exact format for tool use:\n' }}
        {{- '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>tool_call_name<｜tool▁sep｜>tool_call_arguments<｜tool▁call▁end｜>{additional_tool_calls}<｜tool▁calls▁end｜>\n\n' }}
        {{- 'Where:\n\n' }}
        {{- '- `tool_call_name` must be an exact match to one of the available tools\n' }}
        {{- '- `tool_call_arguments` must be valid JSON that strictly follows the tool\'s Parameters Schema\n' }}
        {{- '- For multiple tool calls, chain them directly without separators or spaces\n' }}
        """;

    private const string DeepSeekV3 =
        """
        {{- '## Tools\nYou have access to the following tools:\n\n' }}
        """ + Functions +
        """
        {{- 'To call a tool, answer in exactly this format:\n' }}
        {{- '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>tool_name\n```json\n{"argument": "value"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>\n\n' }}
        {{- 'The name must be that of one of the tools, and the JSON must follow its parameters. ' }}
        {{- 'To call several tools, put one call behind the other, each on a new line, inside of the same list.' }}
        """;

    private const string Hermes =
        """
        {{- '# Tools\n\nYou may call one or more functions. These are their signatures, within <tools></tools>:\n<tools>' }}
        {%- for tool in tools %}
        {{- '\n' + tool | tojson }}
        {%- endfor %}
        {{- '\n</tools>\n\nTo call a function, write a JSON object with its name and arguments within <tool_call></tool_call>:\n' }}
        {{- '<tool_call>\n{"name": "function_name", "arguments": {"argument": "value"}}\n</tool_call>' }}
        """;

    private static readonly Dictionary<ToolCallForm, ChatTemplate> Templates = new()
    {
        [ToolCallForm.DeepSeekV3] = ChatTemplate.Parse(DeepSeekV3),
        [ToolCallForm.DeepSeekV31] = ChatTemplate.Parse(DeepSeekV31),
        [ToolCallForm.Hermes] = ChatTemplate.Parse(Hermes),
    };

    /// <summary>The template of a form; its only variable is <c>tools</c>.</summary>
    /// <exception cref="ChatTemplateException">No model of that form leaves its tools to others.</exception>
    public static ChatTemplate Of(ToolCallForm form) =>
        Templates.GetValueOrDefault(form) ?? throw new ChatTemplateException("it does not tell the model of tools, and there is no other wording for the form of its calls.");
}
