// Dimensions that the tuned kernels of latent attention are written for: those of every released DeepSeek-V2 and V3.
#pragma once

#define RANK 512
#define ROPE 64
#define WIDTH 576  // RANK + ROPE
#define NOPE 128
#define VALUE 128
#define QUERY 192     // NOPE + ROPE
#define EXPANDED 256  // NOPE + VALUE
