namespace Gateway.Engine.ChatTemplates;

/// <summary>
/// The chat format of DeepSeek-V2-Chat and V2-Lite-Chat (tokenizer_config.json of deepseek-ai/DeepSeek-V2-Lite-Chat), for
/// checkpoints of that family that bring no template. No blank follows the last <c>Assistant:</c>; the model was trained so.
/// </summary>
public static class DeepSeekV2Template
{
    private const string Source =
        """
        {{- bos_token }}
        {%- for message in messages %}
            {%- if message['role'] == 'user' %}
                {{- 'User: ' + message['content'] + '\n\n' }}
            {%- elif message['role'] == 'assistant' %}
                {{- 'Assistant: ' + message['content'] + eos_token }}
            {%- elif message['role'] == 'system' %}
                {{- message['content'] + '\n\n' }}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- 'Assistant:' }}
        {%- endif %}
        """;

    public static ChatTemplate Instance { get; } = ChatTemplate.Parse(Source);
}
