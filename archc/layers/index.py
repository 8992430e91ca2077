"""Which file declares which layer, and what other libraries call it.

Made by `python tools/make_docs.py`."""

FAMILIES = {
    "activations": (
        "relu relu6 silu mish sigmoid tanh hswish hsigmoid softsign selu logsigmoid leaky elu "
        "celu gelu softplus hardtanh prelu abs exp sqrt square neg affine"
    ),
    "attention": "mha",
    "axes": "softmax logsoftmax glu flatten",
    "conv": "conv",
    "deconv": "deconv",
    "dropout": "dropout dropout2d droppath",
    "layouts": "hwc chw tokens map transpose",
    "learned": "scale sample",
    "linear": "fc",
    "norms": "bn instnorm gn ln rms lrn",
    "pad": "pad",
    "parts": "take mean sum slice",
    "plain": "id expect",
    "pools": "pool avgpool gap gmp",
    "recurrent": "lstm gru rnn",
    "reshape": "reshape permute",
    "shuffles": "shuffle pixelshuffle pixelunshuffle s2d",
    "tokens": "embed pos cls",
    "unpool": "unpool",
    "up": "up",
    "windowed": "attn",
}

ALIASES = {
    "relu": "rectifier rectify",
    "relu6": "relu_6",
    "silu": "swish",
    "sigmoid": "logistic",
    "hswish": "hardswish hard_swish hardsilu hard_silu",
    "hsigmoid": "hardsigmoid hard_sigmoid",
    "logsigmoid": "log_sigmoid",
    "leaky": "leakyrelu leaky_relu lrelu",
    "hardtanh": "hard_tanh clamp clip",
    "prelu": "p_relu parametric_relu",
    "abs": "absolute",
    "exp": "exponential",
    "square": "pow2",
    "neg": "negative",
    "affine": "rescaling rescale",
    "mha": "multiheadattention multi_head_attention attention self_attention",
    "softmax": "softmax2d soft_max",
    "logsoftmax": "log_softmax",
    "glu": "gatedlinearunit gated_linear_unit",
    "flatten": "flat ravel",
    "conv": (
        "conv1d conv2d conv3d convolution convolution1d convolution2d convolution3d convolutional"
    ),
    "deconv": (
        "convtranspose convtranspose1d convtranspose2d convtranspose3d conv_transpose "
        "conv_transpose1d conv_transpose2d conv_transpose3d deconvolution deconvolution1d "
        "deconvolution2d deconvolution3d deconv1d deconv2d deconv3d transposed_conv upconv "
        "conv1dtranspose conv2dtranspose conv3dtranspose"
    ),
    "dropout": "drop_out",
    "dropout2d": (
        "dropout1d dropout3d spatialdropout spatial_dropout spatialdropout1d spatialdropout2d "
        "spatialdropout3d"
    ),
    "droppath": "drop_path stochasticdepth stochastic_depth",
    "hwc": "channels_last nhwc",
    "chw": "channels_first nchw",
    "tokens": "to_tokens flatten_spatial",
    "map": "to_map unflatten_spatial tokens_to_map",
    "transpose": "swapaxes swap_axes",
    "scale": "layerscale layer_scale",
    "sample": "reparameterize reparametrize sampling gaussian_sample",
    "fc": "linear dense fully_connected connected innerproduct inner_product",
    "bn": (
        "batchnorm batchnorm1d batchnorm2d batchnorm3d batch_norm batch_norm1d batch_norm2d "
        "batch_norm3d bn1d bn2d bn3d batchnormalization batch_normalization"
    ),
    "instnorm": (
        "instancenorm instancenorm1d instancenorm2d instancenorm3d instance_norm instance_norm1d "
        "instance_norm2d instance_norm3d instancenormalization instance_normalization"
    ),
    "gn": "groupnorm group_norm groupnormalization group_normalization",
    "ln": "layernorm layer_norm layernormalization layernorm2d",
    "rms": "rmsnorm rms_norm rmsnormalization",
    "lrn": "localresponsenorm local_response_norm localresponsenormalization",
    "pad": (
        "zeropad zeropad1d zeropad2d zeropad3d zero_pad zeropadding1d zeropadding2d zeropadding3d "
        "reflectionpad1d reflectionpad2d reflectionpad3d constantpad1d constantpad2d "
        "constantpad3d replicationpad1d replicationpad2d replicationpad3d circularpad1d "
        "circularpad2d circularpad3d"
    ),
    "mean": "average reduce_mean",
    "sum": "reduce_sum",
    "slice": "narrow",
    "id": "identity noop nop passthrough",
    "expect": "assert assert_shape expect_shape check_shape",
    "pool": (
        "maxpool maxpool1d maxpool2d maxpool3d max_pool max_pool1d max_pool2d max_pool3d "
        "maxpooling maxpooling1d maxpooling2d maxpooling3d max_pooling max_pooling1d "
        "max_pooling2d max_pooling3d adaptivemaxpool adaptivemaxpool1d adaptivemaxpool2d "
        "adaptivemaxpool3d adaptive_max_pool adaptive_max_pool1d adaptive_max_pool2d "
        "adaptive_max_pool3d"
    ),
    "avgpool": (
        "avg_pool avg_pool1d avg_pool2d avg_pool3d averagepool averagepool1d averagepool2d "
        "averagepool3d average_pool average_pool1d average_pool2d average_pool3d avgpool1d "
        "avgpool2d avgpool3d averagepooling averagepooling1d averagepooling2d averagepooling3d "
        "average_pooling average_pooling1d average_pooling2d average_pooling3d avgpooling "
        "avgpooling1d avgpooling2d avgpooling3d meanpool meanpool1d meanpool2d meanpool3d "
        "adaptiveavgpool adaptiveavgpool1d adaptiveavgpool2d adaptiveavgpool3d adaptive_avg_pool "
        "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d"
    ),
    "gap": (
        "globalaveragepooling globalaveragepooling1d globalaveragepooling2d "
        "globalaveragepooling3d globalaveragepool globalaveragepool1d globalaveragepool2d "
        "globalaveragepool3d globalavgpool globalavgpool1d globalavgpool2d globalavgpool3d "
        "global_average_pooling global_average_pooling1d global_average_pooling2d "
        "global_average_pooling3d global_average_pool global_average_pool1d global_average_pool2d "
        "global_average_pool3d global_avg_pool global_avg_pool1d global_avg_pool2d "
        "global_avg_pool3d"
    ),
    "gmp": (
        "globalmaxpooling globalmaxpooling1d globalmaxpooling2d globalmaxpooling3d globalmaxpool "
        "globalmaxpool1d globalmaxpool2d globalmaxpool3d globalmaximumpooling "
        "globalmaximumpooling1d globalmaximumpooling2d globalmaximumpooling3d global_max_pooling "
        "global_max_pooling1d global_max_pooling2d global_max_pooling3d global_max_pool "
        "global_max_pool1d global_max_pool2d global_max_pool3d"
    ),
    "lstm": "longshorttermmemory",
    "rnn": "simplernn simple_rnn",
    "reshape": "view unflatten",
    "shuffle": "channelshuffle channel_shuffle",
    "pixelshuffle": "pixel_shuffle depth_to_space",
    "pixelunshuffle": "pixel_unshuffle space_to_depth",
    "s2d": "patch_merging patchmerging merge_patches",
    "embed": "embedding token_embedding",
    "pos": "positionembedding position_embedding pos_embedding pos_embed",
    "cls": "class_token cls_token classtoken",
    "unpool": "maxunpool maxunpool1d maxunpool2d maxunpool3d max_unpool",
    "up": (
        "upsample upsampling interpolate resize upsamplingnearest2d upsampling1d upsampling2d "
        "upsampling3d upsamplingbilinear2d"
    ),
    "attn": "window_attention windowattention relative_attention",
}
