return { false, 42, 'text', { ARGV[1] } }
