/*
 * Stands where Chromium looks for SwiftShader, and hands every Vulkan call on to the system's own loader, which finds Mesa's lavapipe:
 * another GPU in software, one that computes in half precision. Two answers are changed on the way.
 *
 * - The device calls itself SwiftShader: Chromium takes only that one where it is asked for a GPU in software.
 * - It says that shaders may index arrays of images and buffers, which Chromium demands. lavapipe cannot, and no shader here does: what it
 *   lacks is taken out again when the device is opened.
 */
#define VK_NO_PROTOTYPES
#include <dlfcn.h>
#include <string.h>
#include <vulkan/vulkan.h>

#define SWIFTSHADER_VENDOR 0x1AE0
#define SWIFTSHADER_DEVICE 0xC0DE

static PFN_vkGetInstanceProcAddr next;
static PFN_vkGetPhysicalDeviceProperties next_properties;
static PFN_vkGetPhysicalDeviceProperties2 next_properties2;
static PFN_vkGetPhysicalDeviceFeatures next_features;
static PFN_vkGetPhysicalDeviceFeatures2 next_features2;
static PFN_vkCreateDevice next_create;

/* What the device really can. */
static VkPhysicalDeviceFeatures real;

static void rename_device(VkPhysicalDeviceProperties *properties) {
  properties->vendorID = SWIFTSHADER_VENDOR;
  properties->deviceID = SWIFTSHADER_DEVICE;
}

static VKAPI_ATTR void VKAPI_CALL properties(VkPhysicalDevice device, VkPhysicalDeviceProperties *told) {
  next_properties(device, told);
  rename_device(told);
}

static VKAPI_ATTR void VKAPI_CALL properties2(VkPhysicalDevice device, VkPhysicalDeviceProperties2 *told) {
  next_properties2(device, told);
  rename_device(&told->properties);
}

static void claim(VkPhysicalDeviceFeatures *told) {
  real = *told;
  told->shaderSampledImageArrayDynamicIndexing = VK_TRUE;
  told->shaderStorageImageArrayDynamicIndexing = VK_TRUE;
  told->shaderUniformBufferArrayDynamicIndexing = VK_TRUE;
  told->shaderStorageBufferArrayDynamicIndexing = VK_TRUE;
}

static VKAPI_ATTR void VKAPI_CALL features(VkPhysicalDevice device, VkPhysicalDeviceFeatures *told) {
  next_features(device, told);
  claim(told);
}

static VKAPI_ATTR void VKAPI_CALL features2(VkPhysicalDevice device, VkPhysicalDeviceFeatures2 *told) {
  next_features2(device, told);
  claim(&told->features);
}

static void take_out(VkPhysicalDeviceFeatures *wanted) {
  wanted->shaderSampledImageArrayDynamicIndexing &= real.shaderSampledImageArrayDynamicIndexing;
  wanted->shaderStorageImageArrayDynamicIndexing &= real.shaderStorageImageArrayDynamicIndexing;
  wanted->shaderUniformBufferArrayDynamicIndexing &= real.shaderUniformBufferArrayDynamicIndexing;
  wanted->shaderStorageBufferArrayDynamicIndexing &= real.shaderStorageBufferArrayDynamicIndexing;
}

static VKAPI_ATTR VkResult VKAPI_CALL create(VkPhysicalDevice device, const VkDeviceCreateInfo *info,
                                             const VkAllocationCallbacks *allocator, VkDevice *made) {
  if (info->pEnabledFeatures) take_out((VkPhysicalDeviceFeatures *)info->pEnabledFeatures);
  for (VkBaseOutStructure *part = (VkBaseOutStructure *)info->pNext; part; part = part->pNext)
    if (part->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2)
      take_out(&((VkPhysicalDeviceFeatures2 *)part)->features);
  return next_create(device, info, allocator, made);
}

#define INSTEAD(vulkan_name, own, kept)            \
  if (strcmp(name, vulkan_name) == 0) {            \
    kept = (void *)found;                          \
    return (PFN_vkVoidFunction)own;                \
  }

__attribute__((visibility("default"))) VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL
vkGetInstanceProcAddr(VkInstance instance, const char *name) {
  if (!next) {
    void *loader = dlopen(VULKAN_LOADER, RTLD_NOW | RTLD_LOCAL);
    if (!loader) return NULL;
    next = (PFN_vkGetInstanceProcAddr)dlsym(loader, "vkGetInstanceProcAddr");
  }
  if (strcmp(name, "vkGetInstanceProcAddr") == 0) return (PFN_vkVoidFunction)vkGetInstanceProcAddr;
  PFN_vkVoidFunction found = next(instance, name);
  if (!found) return NULL;
  INSTEAD("vkGetPhysicalDeviceProperties", properties, next_properties)
  INSTEAD("vkGetPhysicalDeviceProperties2", properties2, next_properties2)
  INSTEAD("vkGetPhysicalDeviceProperties2KHR", properties2, next_properties2)
  INSTEAD("vkGetPhysicalDeviceFeatures", features, next_features)
  INSTEAD("vkGetPhysicalDeviceFeatures2", features2, next_features2)
  INSTEAD("vkGetPhysicalDeviceFeatures2KHR", features2, next_features2)
  INSTEAD("vkCreateDevice", create, next_create)
  return found;
}
