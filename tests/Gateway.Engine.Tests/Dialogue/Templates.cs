namespace Gateway.Engine.Tests.Dialogue;

/// <summary>Chat templates in the manner of each family, as far as tools and reasoning go.</summary>
internal static class Templates
{
    /// <summary>R1 and its distills: calls and results, no tools; the answer begins inside of the reasoning. Drops the text beside calls, and needs null in its place.</summary>
    public const string R1 =
        """
        {{- bos_token }}
        {%- for message in messages %}
            {%- if message.role == 'system' %}{{- message.content }}{%- endif %}
        {%- endfor %}
        {%- for message in messages %}
            {%- if message.role == 'user' %}{{- '<｜User｜>' + message.content }}{%- endif %}
            {%- if message.role == 'assistant' and message.content is none %}
                {{- '<｜Assistant｜><｜tool▁calls▁begin｜>' }}
                {%- for call in message.tool_calls %}
                    {{- '\n' if not loop.first }}
                    {{- '<｜tool▁call▁begin｜>' + call.type + '<｜tool▁sep｜>' + call.function.name + '\n```json\n' + call.function.arguments + '\n```<｜tool▁call▁end｜>' }}
                {%- endfor %}
                {{- '<｜tool▁calls▁end｜>' + eos_token }}
            {%- elif message.role == 'assistant' %}
                {{- '<｜Assistant｜>' + message.content.split('</think>')[-1] + eos_token }}
            {%- elif message.role == 'tool' %}
                {{- '<｜tool▁output▁begin｜>' + message.content + '<｜tool▁output▁end｜>' }}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt and messages[-1].role != 'tool' %}{{- '<｜Assistant｜>' + ('<think>\n' if enable_thinking is not defined or enable_thinking else '</think>') }}{%- endif %}
        """;

    /// <summary>V3.1: arguments as an object, and no fence.</summary>
    public const string V31 =
        """
        {{- bos_token }}
        {%- for message in messages %}
            {%- if message.role == 'system' %}{{- message.content }}{%- endif %}
            {%- if message.role == 'user' %}{{- '<｜User｜>' + message.content }}{%- endif %}
            {%- if message.role == 'assistant' and message.tool_calls %}
                {{- '<｜Assistant｜></think>' + (message.content or '') + '<｜tool▁calls▁begin｜>' }}
                {%- for call in message.tool_calls %}
                    {{- '<｜tool▁call▁begin｜>' + call.function.name + '<｜tool▁sep｜>' + call.function.arguments | tojson + '<｜tool▁call▁end｜>' }}
                {%- endfor %}
                {{- '<｜tool▁calls▁end｜>' + eos_token }}
            {%- elif message.role == 'assistant' %}
                {{- '<｜Assistant｜></think>' + message.content + eos_token }}
            {%- elif message.role == 'tool' %}
                {{- '<｜tool▁output▁begin｜>' + message.content + '<｜tool▁output▁end｜>' }}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}{{- '<｜Assistant｜>' + ('<think>' if thinking else '</think>') }}{%- endif %}
        """;

    /// <summary>Qwen3: tools too; fails over null in the place of text.</summary>
    public const string Qwen3 =
        """
        {%- if tools %}
            {{- '<｜User｜># Tools\n<tools>' }}
            {%- for tool in tools %}{{- '\n' + tool | tojson }}{%- endfor %}
            {{- '\n</tools>' }}
        {%- endif %}
        {%- for message in messages %}
            {%- if message.role == 'assistant' %}
                {{- '<｜Assistant｜>' + message.content }}
                {%- for call in message.tool_calls or [] %}
                    {{- '\n<tool_call>\n{"name": "' + call.function.name + '", "arguments": ' }}
                    {{- call.function.arguments if call.function.arguments is string else call.function.arguments | tojson }}
                    {{- '}\n</tool_call>' }}
                {%- endfor %}
                {{- eos_token }}
            {%- elif message.role == 'tool' %}
                {{- '<｜User｜><tool_response>\n' + message.content + '\n</tool_response>' }}
            {%- else %}
                {{- '<｜User｜>' + message.content }}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}{{- '<｜Assistant｜>' }}{%- if enable_thinking is defined and not enable_thinking %}{{- '<think>\n\n</think>\n\n' }}{%- endif %}{%- endif %}
        """;

    /// <summary>Llama 3: the whole answer is one object.</summary>
    public const string Llama =
        """
        {{- bos_token }}
        {%- if tools is not none %}{{- tools | tojson(indent=4) }}{%- endif %}
        {%- for message in messages %}
            {%- if 'tool_calls' in message %}
                {%- if message.tool_calls | length != 1 %}{{- raise_exception("This model only supports single tool-calls at once!") }}{%- endif %}
                {%- set call = message.tool_calls[0].function %}
                {{- '<｜Assistant｜>{"name": "' + call.name + '", "parameters": ' + call.arguments | tojson + '}' + eos_token }}
            {%- elif message.role == 'tool' %}
                {{- '<｜User｜>' + message.content | tojson }}
            {%- else %}
                {{- '<｜' + message.role + '｜>' + message.content }}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}{{- '<｜Assistant｜>' }}{%- endif %}
        """;

    /// <summary>V3.2: tools, a parameter for each argument, and reasoning when it is asked for.</summary>
    public const string V32 = DsmlBegin + "function_calls" + DsmlMiddle + "function_calls" + DsmlEnd;

    /// <summary>V4: the same in a list of another name.</summary>
    public const string V4 = DsmlBegin + "tool_calls" + DsmlMiddle + "tool_calls" + DsmlEnd;

    private const string DsmlBegin =
        """
        {{- bos_token }}
        {%- for message in messages %}
            {%- if message.role == 'system' %}{{- message.content }}{%- endif %}
        {%- endfor %}
        {%- if tools %}
            {{- '## Tools\n<｜DSML｜invoke name="$FUNCTION_NAME">\n' }}
            {%- for tool in tools %}{{- tool.function | tojson + '\n' }}{%- endfor %}
        {%- endif %}
        {%- for message in messages %}
            {%- if message.role == 'user' %}{{- '<｜User｜>' + message.content }}{%- endif %}
            {%- if message.role == 'assistant' %}
                {{- '<｜Assistant｜></think>' + (message.content or '') }}
                {%- if message.tool_calls %}
                    {{- '\n\n<｜DSML｜
        """;

    private const string DsmlMiddle =
        """
        >\n' }}
                    {%- for call in message.tool_calls %}
                        {{- '<｜DSML｜invoke name="' + call.function.name + '">\n' }}
                        {%- for name, value in (call.function.arguments | from_json).items() %}
                            {{- '<｜DSML｜parameter name="' + name + '" string="' + ('true' if value is string else 'false') + '">' }}
                            {{- (value if value is string else value | tojson) + '</｜DSML｜parameter>\n' }}
                        {%- endfor %}
                        {{- '</｜DSML｜invoke>\n' }}
                    {%- endfor %}
                    {{- '</｜DSML｜
        """;

    private const string DsmlEnd =
        """
        >' }}
                {%- endif %}
                {{- eos_token }}
            {%- elif message.role == 'tool' %}
                {{- '<result>' + message.content + '</result>' }}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}{{- '<｜Assistant｜>' + ('<think>' if thinking else '</think>') }}{%- endif %}
        """;

    /// <summary>Calls as members in XML of no family that is known.</summary>
    public const string Xml =
        """
        {%- for message in messages %}
            {{- '<｜User｜>' + (message.content or '') }}
            {%- for call in message.tool_calls or [] %}
                {{- '<invoke name="' + call.function.name + '">' }}
                {%- set arguments = call.function.arguments %}
                {%- if arguments is string %}{%- set arguments = arguments | from_json %}{%- endif %}
                {%- for name, value in arguments.items() %}{{- '<parameter name="' + name + '">' + value + '</parameter>' }}{%- endfor %}
                {{- '</invoke>' }}
            {%- endfor %}
        {%- endfor %}
        """;
}
